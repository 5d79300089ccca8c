import AblateModel
import AblateRuntime

/// The units a sweep goes through: each unit of each chosen layer, in the order the layers were given.
struct UnitItems: Sendable {
  let layers: [Int]
  /// The first item of each chosen layer, and the number of items behind them.
  private let starts: [Int]

  init(model: Model, layers chosen: [Int]?) throws(AblateError) {
    let layers = chosen ?? Array(0..<model.outputLayer)
    if chosen == nil && layers.isEmpty {
      throw AblateError(.invalidArgument, "the model has no hidden layer: name the layers to sweep")
    }
    try model.requireDistinct(layers: layers)
    var starts = [0]
    for (position, layer) in layers.enumerated() {
      starts.append(starts[position] + model.layers[layer].units)
    }
    self.layers = layers
    self.starts = starts
  }

  var count: Int { starts[layers.count] }

  /// The items of the chosen layer at `position` of `layers`.
  func range(at position: Int) -> Range<Int> { starts[position]..<starts[position + 1] }

  /// Which unit an item is.
  func item(_ index: Int) -> SweepItem {
    var position = 0
    while index >= starts[position + 1] { position += 1 }
    return SweepItem(layer: layers[position], unit: index - starts[position])
  }
}
