import CONNX

/// The name of a dense layer or a convolution: what the user called it, as far as the file tells.
///
/// PyTorch names weights after modules ("fc1.weight"), and where it made new weights, as those with a normalisation in them, nodes
/// ("/layer1/conv1/Conv"); Keras names nodes after layers ("model/dense_1/MatMul"); scikit-learn's have only the initializer
/// ("coefficient1").
func layerName(_ node: Node, _ weights: Tensor) -> String {
  if let module = weights.name.dropping(suffix: ".weight") { return module.text }
  for suffix: StaticString in ["/MatMul", "/Gemm", "/Conv", "/Conv1D", "/Conv2D"] {
    if let path = node.name.dropping(suffix: suffix) { return (path.dropping(prefix: "/") ?? path).text }
  }
  if !weights.name.isEmpty && !weights.name.hasPrefix("onnx::") && !weights.name.hasPrefix("val_") {
    return weights.name.text
  }
  return node.name.text
}
