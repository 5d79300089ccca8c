import AblateModel
import AblateRuntime
import AblateSweep

/// Distinct units of a model in the order of their removal. Nested by construction: the first k are part of the first k + 1.
public struct UnitOrder {
  public let units: [UnitPlace]

  /// The units by their scores; the lower layer, then the lower unit first among equals, units with NaN last in either direction.
  ///
  /// - Parameter scores: one for each of `units`.
  /// - Throws: `invalidArgument` for units that do not exist or are listed twice, and for none.
  public init(
    model: Model, units: [UnitPlace], scores: UnsafePointer<Double>, highFirst: Bool
  ) throws(AblateError) {
    let sorted = try Self.sorted(units, of: model)
    sorted.sort(by: scores, highFirst: highFirst)
    self.init(units, sorted)
  }

  /// The units at random: a Fisher-Yates shuffle over `SplitMix64` of the list sorted by layer and unit, so that only the set of units
  /// and the seed matter.
  public init(model: Model, shuffling units: [UnitPlace], seed: UInt64) throws(AblateError) {
    let sorted = try Self.sorted(units, of: model)
    var random = SplitMix64(seed: seed)
    sorted.shuffle(&random)
    self.init(units, sorted)
  }

  private init(_ units: [UnitPlace], _ sorted: SortedIndices) {
    var order: [UnitPlace] = []
    order.reserveCapacity(units.count)
    for rank in 0..<units.count { order.append(units[sorted[rank]]) }
    self.units = order
  }

  /// Whether there are units of more than one layer.
  public var isAcrossLayers: Bool { units.contains { $0.layer != units[0].layer } }

  /// By layer and unit.
  private static func sorted(_ units: [UnitPlace], of model: Model) throws(AblateError) -> SortedIndices {
    try model.requireDistinct(units: units)
    let sorted = try SortedIndices(count: units.count)
    sorted.sort {
      let (one, other) = (units[$0], units[$1])
      return one.layer != other.layer ? one.layer < other.layer : one.unit < other.unit
    }
    return sorted
  }
}

extension Model {
  /// All units of some layers, layer by layer; nil for all hidden layers.
  public func units(ofLayers layers: [Int]?) throws(AblateError) -> [UnitPlace] {
    let chosen = layers ?? Array(0..<outputLayer)
    if layers == nil && chosen.isEmpty {
      throw AblateError(.invalidArgument, "the model has no hidden layer: name the layers")
    }
    try requireDistinct(layers: chosen)
    var units: [UnitPlace] = []
    for layer in chosen {
      for unit in 0..<self.layers[layer].units { units.append(UnitPlace(layer: layer, unit: unit)) }
    }
    return units
  }
}
