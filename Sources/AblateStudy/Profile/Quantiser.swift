import AblateModel
import AblateRuntime

/// How activations become levels. The level of a value is the number of edges below it.
public enum Quantiser {
  /// Two levels, at the activation function's own threshold: ½ for sigmoid and hard sigmoid, 0 for others.
  case ownThreshold
  /// Two levels, at a value.
  case threshold(Float)
  /// 2^bits levels of equal width in a range, nil for the activation function's own.
  case uniform(bits: Int, range: ActivationRange?)
  /// 2^bits levels for each unit of the layers, in their order: [units, 2^bits - 1], each unit's ascending. Copied.
  case edges(bits: Int, UnsafeBufferPointer<Float>)

  static var mostBits: Int { 8 }

  var bits: Int {
    switch self {
    case .ownThreshold, .threshold: 1
    case .uniform(let bits, _), .edges(let bits, _): bits
    }
  }

  /// The edges of the units of each layer.
  func resolved(model: Model, layers: [Int]) throws(AblateError) -> [LevelEdges] {
    guard bits >= 1, bits <= Self.mostBits else {
      throw AblateError(
        .invalidArgument, "the quantiser has \(UInt(bitPattern: bits)) bits: 1 to \(Self.mostBits) are possible")
    }
    var result: [LevelEdges] = []
    var first = 0
    for layer in layers {
      let edges = try LevelEdges(bits: bits, units: model.layers[layer].units)
      try fill(edges, model: model, layer: layer, first: first)
      first += edges.values.count
      result.append(edges)
    }
    if case .edges(_, let given) = self, given.count != first {
      throw AblateError(
        .invalidArgument, "options.quantiser_edge_count is \(given.count): the units of the layers have \(first)")
    }
    return result
  }

  private func fill(_ edges: LevelEdges, model: Model, layer: Int, first: Int) throws(AblateError) {
    switch self {
    case .ownThreshold:
      let activation = model.layers[layer].activation
      edges.fill { _ in activation.threshold }
    case .threshold(let value):
      if value.isNaN { throw AblateError(.invalidArgument, "options.quantiser_threshold is NaN") }
      edges.fill { _ in value }
    case .uniform(_, let range):
      let (low, high) = try model.activationRange(ofLayer: layer, range, of: "quantiser")
      let width = (high - low) / Double(edges.perUnit + 1)
      edges.fill { Float(low + Double($0 + 1) * width) }
    case .edges(_, let given):
      guard first + edges.values.count <= given.count else {
        throw AblateError(
          .invalidArgument, "options.quantiser_edge_count is \(given.count): the units of the layers have more")
      }
      for index in 0..<edges.values.count {
        let edge = given[first + index]
        if edge.isNaN || (index % edges.perUnit > 0 && edge < given[first + index - 1]) {
          throw AblateError(
            .invalidArgument, "options.quantiser_edges[\(first + index)] is NaN or below the one before it")
        }
        edges.values.pointer[index] = edge
      }
    }
  }
}

/// From `low` to `high`.
public struct ActivationRange: Sendable {
  public let low: Float
  public let high: Float

  public init(low: Float, high: Float) {
    self.low = low
    self.high = high
  }
}

/// The edges between levels, of each unit of a layer.
final class LevelEdges: Sendable {
  let bits: Int
  /// [units, edges per unit]
  let values: Buffer<Float>

  init(bits: Int, units: Int) throws(AblateError) {
    self.bits = bits
    values = try Buffer(rows: units, columns: 1 << bits - 1)
  }

  var perUnit: Int { 1 << bits - 1 }

  /// Gives every unit the same edges.
  func fill(_ edge: (Int) -> Float) {
    for index in 0..<values.count { values.pointer[index] = edge(index % perUnit) }
  }

  /// How many of a unit's edges are below a value.
  @inline(__always)
  static func level(_ value: Float, _ edges: UnsafePointer<Float>, bits: Int) -> Int {
    var level = 0
    var step = (1 << bits) / 2
    while step > 0 {
      if edges[level + step - 1] < value { level += step }
      step >>= 1
    }
    return level
  }
}

extension Activation {
  /// The value above which a unit counts as active.
  var threshold: Float { kind == .sigmoid || kind == .hardSigmoid ? 0.5 : 0 }

}

extension Model {
  /// The range given, or that of the layer's activation function.
  ///
  /// - Throws: `invalidArgument` for ranges that are empty or not finite, and where there is none.
  func activationRange(
    ofLayer layer: Int, _ given: ActivationRange?, of what: StaticString
  ) throws(AblateError) -> (low: Double, high: Double) {
    if let given {
      guard given.low.isFinite, given.high.isFinite, given.low < given.high else {
        throw AblateError(
          .invalidArgument,
          "options.\(what)_low to options.\(what)_high is no range: both must be finite, the first below the second")
      }
      return (Double(given.low), Double(given.high))
    }
    switch layers[layer].activation.kind {
    case .sigmoid, .hardSigmoid: return (0, 1)
    case .tanh: return (-1, 1)
    default:
      throw AblateError(
        .invalidArgument,
        "options.\(what)_low and options.\(what)_high are needed: the activation function of layer \(layer) has no range of its own. A profile finds the extremes"
      )
    }
  }
}
