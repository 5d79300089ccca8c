import AblateModel
import AblateRuntime

/// SplitMix64, so that a failing case can be run again.
struct Randomness: RandomNumberGenerator {
  var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }

  mutating func values(_ count: Int, _ range: ClosedRange<Float> = -1...1) -> [Float] {
    (0..<count).map { _ in Float.random(in: range, using: &self) }
  }
}

/// One dense layer as plain arrays; weights are [units, inputs].
struct PlainLayer {
  var weights: [Float]
  var bias: [Float]
  var activation: Activation
  var units: Int { bias.count }
}

func makeModel(
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
  func run(_ x: [Float], rows: Int, mask: Mask? = nil, output: Output = .scores) throws -> [Float] {
    var out = [Float](repeating: .nan, count: rows * (try model.width(of: output)))
    try out.withUnsafeMutableBufferPointer { try run(x, rows: rows, mask: mask, output: output, into: $0.baseAddress!) }
    return out
  }

  func predict(_ x: [Float], rows: Int, mask: Mask? = nil) throws -> [Int32] {
    var labels = [Int32](repeating: -1, count: rows * model.predictionWidth)
    try labels.withUnsafeMutableBufferPointer { try predict(x, rows: rows, mask: mask, into: $0.baseAddress!) }
    return labels
  }

  func activations(_ x: [Float], rows: Int, mask: Mask? = nil, layer: Int, point: Point = .activation) throws -> [Float]
  {
    var out = [Float](repeating: .nan, count: rows * model.layers[layer].units)
    try out.withUnsafeMutableBufferPointer {
      try activations(x, rows: rows, mask: mask, layer: layer, point: point, into: $0.baseAddress!)
    }
    return out
  }
}
