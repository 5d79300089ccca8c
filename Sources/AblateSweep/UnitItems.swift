import AblateModel
import AblateRuntime

/// The units a sweep goes through: each unit of each chosen layer, in the order the layers were given.
public struct UnitItems: Sendable {
  public let layers: [Int]
  /// The first item of each chosen layer, and the number of items behind them.
  private let starts: [Int]

  init(model: Model, layers chosen: [Int]?) throws(AblateError) {
    let layers = chosen ?? Array(0..<model.outputLayer)
    guard !layers.isEmpty else {
      throw AblateError(
        .invalidArgument,
        chosen == nil
          ? "the model has no hidden layer: name the layers to sweep" : "the list of layers to sweep is empty")
    }
    var starts = [0]
    for (position, layer) in layers.enumerated() {
      try model.require(layer: layer)
      for earlier in 0..<position where layers[earlier] == layer {
        throw AblateError(.invalidArgument, "layer \(layer) is listed twice")
      }
      starts.append(starts[position] + model.layers[layer].units)
    }
    self.layers = layers
    self.starts = starts
  }

  public var count: Int { starts[layers.count] }

  /// The items of the chosen layer at `position` of `layers`.
  func range(at position: Int) -> Range<Int> { starts[position]..<starts[position + 1] }

  /// Which unit an item is.
  public func place(_ index: Int) -> (layer: Int, unit: Int) {
    var position = 0
    while index >= starts[position + 1] { position += 1 }
    return (layers[position], index - starts[position])
  }
}
