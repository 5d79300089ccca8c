import AblateModel
import AblateRuntime

/// The items of another kind, each run as with a mask: for layers in front of the chain that the model ends in, where no bounds are known.
final class MaskedKind: SweepKind {
  private let kind: any SweepKind
  private let layers: [Int]
  private let replacement: Replacement
  /// Of the layer, if it is one and no row counts for what takes the place of its values.
  private let replaced: ReplacedChannels?
  /// Otherwise, behind each layer: with items that have no other unit, and with those that have one.
  private let restarts: [(alone: Restart, withSecond: Restart)]

  /// - Parameters:
  ///   - kind: its items are units of some layers, or two units each.
  ///   - layers: the second units are of the last one.
  init(_ kind: any SweepKind, model: Model, layers: [Int], replacement: Replacement) throws(AblateError) {
    self.kind = kind
    self.layers = layers
    self.replacement = replacement
    if layers.count == 1, let fixed = try replacement.fixedValues(model: model, layer: layers[0]) {
      replaced = try ReplacedChannels(model: model, layer: layers[0], fixed: fixed)
      restarts = []
    } else {
      replaced = nil
      restarts = layers.map { layer in
        let points = [model.point(behindLayer: layer)]
        return (
          Restart(model: model, points: points),
          Restart(model: model, points: points, and: layers.filter { $0 > layer })
        )
      }
    }
  }

  var itemCount: Int { kind.itemCount }
  func item(_ index: Int) -> SweepItem { kind.item(index) }
  func parts(of index: Int) -> (first: Int, second: Int)? { kind.parts(of: index) }
  var firstPair: Int? { kind.firstPair }
  func identify(_ fingerprint: inout Fingerprint) { kind.identify(&fingerprint) }
  var points: [Int] { [] }
  var largestReplacement: Float { 0 }
  var sharesItems: Bool { true }

  func replacedChannels(ofLayer layer: Int) -> ReplacedChannels? { layers.contains(layer) ? replaced : nil }

  func visit(_ worker: SweepWorker) {
    for index in 0..<itemCount {
      worker.runPart(pairs: worker.block.rows) {
        let item = kind.item(index)
        guard let layer = item.layer, let place = layers.firstIndex(of: layer) else { return }
        if let replaced {
          return worker.run(
            item: index, layer: layer, channels: [item.unit, item.secondUnit].compactMap { $0 }, replaced)
        }
        let own = restarts[place]
        worker.run(item: index, item, item.secondUnit == nil ? own.alone : own.withSecond, replacement)
      }
    }
  }
}
