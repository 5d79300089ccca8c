import AblateModel
import AblateRuntime

/// How items that ablate units of one layer in front of the chain, and units of later ones, are run, where no bounds are known.
struct ChannelRuns {
  private let layer: Int
  private let replacement: Replacement
  /// Where no row counts for what takes the place of the layer's values, and there are no later layers.
  let replaced: ReplacedChannels?
  /// Otherwise, as with a mask: of items without a unit of later layers, and with one.
  private let alone: Restart
  private let withSecond: Restart

  /// - Parameter later: the later layers.
  init(model: Model, layer: Int, and later: [Int] = [], replacement: Replacement) throws(AblateError) {
    self.layer = layer
    self.replacement = replacement
    let points = [model.point(behindLayer: layer)]
    alone = Restart(model: model, points: points)
    withSecond = later.isEmpty ? alone : Restart(model: model, points: points, and: later)
    let isAlone = later.isEmpty && !model.isInChain(layer)
    let fixed = isAlone ? try replacement.fixedValues(model: model, layer: layer) : nil
    replaced = try fixed.map { (fixed) throws(AblateError) in
      try ReplacedChannels(model: model, layer: layer, fixed: fixed)
    }
  }

  func run(item index: Int, _ item: SweepItem, by worker: SweepWorker) {
    if let replaced {
      let channels = [item.unit, item.secondUnit].compactMap { $0 }
      worker.run(item: index, layer: layer, channels: channels, replaced)
    } else {
      worker.run(item: index, item, item.secondUnit == nil ? alone : withSecond, replacement)
    }
  }
}
