import AblateModel
import AblateRuntime
import AblateSweep

/// Who plays: units of hidden layers, and what takes their place.
struct ShapleyGame {
  let players: [UnitPlace]
  /// Those with players, ascending.
  let layers: [Int]
  /// The number of each player among the units of these layers, one layer after the other.
  let numbers: [Int32]
  /// Of all these units, with room up to a multiple of 16.
  let replacements: Buffer<Float>
  let maskOfAll: Mask

  init(model: Model, players chosen: ShapleyPlayers, replacement: Replacement) throws(AblateError) {
    guard model.classCount > 0 else {
      throw AblateError(.unsupported, "Shapley values need a model that puts each row into one class")
    }
    try replacement.require(model: model)
    players = try Self.players(chosen, model: model)
    for place in players where place.layer == model.outputLayer {
      throw AblateError(
        .unsupported, "layer \(place.layer) is the output layer: Shapley values are of units of hidden layers")
    }
    let players = players
    layers = model.layers.indices.filter { layer in players.contains { $0.layer == layer } }
    var firsts = [Int](repeating: 0, count: model.layers.count)
    var count = 0
    for layer in layers {
      firsts[layer] = count
      count += model.layers[layer].units
    }
    replacements = try Buffer(count: RowStride.padded(count))
    for layer in layers {
      guard let own = try replacement.fixedValues(model: model, layer: layer) else {
        throw AblateError(.unsupported, "Shapley values replace each unit by the same value in every row")
      }
      (replacements.pointer + firsts[layer]).copy(from: own.pointer, count: model.layers[layer].units)
    }
    numbers = players.map { Int32(truncatingIfNeeded: firsts[$0.layer] + $0.unit) }
    maskOfAll = Mask(model: model)
    try maskOfAll.setReplacement(replacement)
    for place in players { try maskOfAll.set(layer: place.layer, unit: place.unit, ablated: true) }
  }

  private static func players(_ chosen: ShapleyPlayers, model: Model) throws(AblateError) -> [UnitPlace] {
    switch chosen {
    case .units(let units):
      try model.requireDistinct(units: units)
      return units
    case .layers(let layers):
      if layers == nil, model.outputLayer == 0 {
        throw AblateError(.unsupported, "Shapley values are of units of hidden layers: this model has none")
      }
      return try model.units(ofLayers: layers)
    }
  }
}
