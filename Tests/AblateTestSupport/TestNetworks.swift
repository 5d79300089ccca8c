import AblateModel
import AblateRuntime

/// One dense layer as plain arrays; weights are [units, inputs].
public struct PlainLayer {
  public var weights: [Float]
  public var bias: [Float]
  public var activation: Activation

  public init(weights: [Float], bias: [Float], activation: Activation) {
    self.weights = weights
    self.bias = bias
    self.activation = activation
  }

  public var units: Int { bias.count }
}

/// The model of some layers, without names.
public func makeModel(
  inputs: Int, layers: [PlainLayer], head: Head? = nil, kernels: KernelTable = Kernels.current
) throws -> Model {
  var builder = try ModelBuilder(inputShape: [inputs], kernels: kernels)
  for layer in layers {
    try layer.weights.withUnsafeBufferPointer { weights in
      try layer.bias.withUnsafeBufferPointer { bias in
        try builder.addDense(
          name: "", units: layer.units, layout: .outIn, weights: weights, bias: bias, activation: layer.activation)
      }
    }
  }
  if let head { builder.setHead(head) }
  return try builder.build()
}

extension Session {
  public func run(_ x: [Float], rows: Int, mask: Mask? = nil, output: Output = .scores) throws -> [Float] {
    var out = [Float](repeating: .nan, count: rows * (try model.width(of: output)))
    try out.withUnsafeMutableBufferPointer { try run(x, rows: rows, mask: mask, output: output, into: $0.baseAddress!) }
    return out
  }

  public func predict(_ x: [Float], rows: Int, mask: Mask? = nil) throws -> [Int32] {
    var labels = [Int32](repeating: -1, count: rows * model.predictionWidth)
    try labels.withUnsafeMutableBufferPointer { try predict(x, rows: rows, mask: mask, into: $0.baseAddress!) }
    return labels
  }

  public func activations(_ x: [Float], rows: Int, mask: Mask? = nil, layer: Int, point: Point = .activation) throws
    -> [Float]
  {
    var out = [Float](repeating: .nan, count: rows * model.layers[layer].units)
    try out.withUnsafeMutableBufferPointer {
      try activations(x, rows: rows, mask: mask, layer: layer, point: point, into: $0.baseAddress!)
    }
    return out
  }
}
