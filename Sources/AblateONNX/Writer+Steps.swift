import AblateModel
import AblateRuntime

extension Writer {
  /// Whether reading would make one step of two: scalings and activation functions join a dense layer that has no activation function,
  /// and scalings join each other. Activation functions that are written with their argument twice need one that stands alone.
  static func isJoined(_ step: Step, to before: Step, of model: Model) -> Bool {
    switch (before, step) {
    case (_, .activation(_, let activation, _)) where namesItsArgumentTwice(activation.kind): true
    case (.dense(let layer), .affine), (.dense(let layer), .activation): model.layers[layer].activation == .identity
    case (.affine, .affine): true
    default: false
    }
  }

  private static func namesItsArgumentTwice(_ kind: Activation.Kind) -> Bool {
    kind == .hardSwish || kind == .gelu || kind == .geluTanh
  }

  /// Keeps the steps before and behind apart when we read the file.
  func separate() { add("Identity") }

  func add(_ layer: Layer) throws(AblateError) {
    let weights = constant("weight", of: layer.name, layer.weights, dims: [layer.units, layer.inputs])
    let bias = constant("bias", of: layer.name, layer.bias, dims: [layer.units])
    add("Gemm", [value, weights, bias], name: layer.name)
    set("transB", integer: 1)
    if layer.activation != .identity { try add(layer.activation, name: "") }
  }

  func add(_ affine: AffineStep) {
    let dims = [affine.width]
    add("Sub", [value, constant("center", of: affine.name, affine.center, dims: dims)], name: affine.name)
    add("Mul", [value, constant("scale", of: affine.name, affine.scale, dims: dims)])
    add("Add", [value, constant("shift", of: affine.name, affine.shift, dims: dims)])
  }

  /// - Parameter name: of the last node, by which the step is called.
  func add(_ activation: Activation, name: String) throws(AblateError) {
    let x = value
    switch activation.kind {
    case .identity: break
    case .relu: add("Relu", name: name)
    case .leakyReLU:
      add("LeakyRelu", name: name)
      set("alpha", float: activation.alpha)
    case .elu:
      add("Elu", name: name)
      set("alpha", float: activation.alpha)
    case .selu:
      add("Selu", name: name)
      set("alpha", float: activation.alpha)
      set("gamma", float: activation.beta)
    case .tanh: add("Tanh", name: name)
    case .sigmoid: add("Sigmoid", name: name)
    case .softplus: add("Softplus", name: name)
    case .hardSigmoid:
      add("HardSigmoid", name: name)
      set("alpha", float: activation.alpha)
      set("beta", float: activation.beta)
    case .hardSwish:
      add("HardSigmoid")
      set("alpha", float: 1 / 6)
      set("beta", float: 0.5)
      add("Mul", [x, value], name: name)
    case .clip: add("Clip", [x, try constant(activation.alpha), try constant(activation.beta)], name: name)
    case .gelu:
      // x (1 + erf(x / sqrt(2))) / 2
      add("Div", [x, try constant(Float(2).squareRoot())])
      add("Erf")
      try halve(x, name)
    case .geluTanh:
      // x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2
      add("Mul", [x, x])
      add("Mul", [value, x])
      add("Mul", [value, try constant(0.044715)])
      add("Add", [x, value])
      add("Mul", [value, try constant((2 / Float.pi).squareRoot())])
      add("Tanh")
      try halve(x, name)
    }
  }

  /// x (1 + value) / 2
  private func halve(_ x: String, _ name: String) throws(AblateError) {
    add("Add", [value, try constant(1)])
    add("Mul", [x, value])
    add("Mul", [value, try constant(0.5)], name: name)
  }
}
