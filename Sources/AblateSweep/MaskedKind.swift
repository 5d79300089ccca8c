import AblateModel
import AblateRuntime

/// The items of another kind, each run as with a mask: for layers in front of the chain that the model ends in, where no bounds are known.
final class MaskedKind: SweepKind {
  private let kind: any SweepKind
  private let replacement: Replacement
  /// Behind each layer: with items that have no other unit, and with those that have one.
  private let restarts: [(layer: Int, alone: Restart, withSecond: Restart)]
  /// Of the layer, if it is one and no row counts for what takes the place of its values.
  private let replaced: ReplacedChannels?
  private let model: Model

  /// - Parameters:
  ///   - kind: its items are units of some layers, or two units each.
  ///   - layers: the second units are of the last one.
  init(_ kind: any SweepKind, model: Model, layers: [Int], replacement: Replacement) throws(AblateError) {
    self.kind = kind
    self.model = model
    self.replacement = replacement
    restarts = layers.map { layer in
      let point = model.point(behindLayer: layer)
      return (
        layer, Restart(model: model, points: [point]),
        Restart(model: model, points: [point], and: layers.filter { $0 > layer })
      )
    }
    let fixed = layers.count == 1 ? try replacement.fixedValues(model: model, layer: layers[0]) : nil
    replaced = try fixed.map { (fixed) throws(AblateError) in
      try ReplacedChannels(model: model, layer: layers[0], fixed: fixed)
    }
  }

  var itemCount: Int { kind.itemCount }
  func item(_ index: Int) -> SweepItem { kind.item(index) }
  func parts(of index: Int) -> (first: Int, second: Int)? { kind.parts(of: index) }
  var hasPairs: Bool { kind.hasPairs }
  var unitPairs: UnitPairs? { kind.unitPairs }
  func identify(_ fingerprint: inout Fingerprint) { kind.identify(&fingerprint) }
  var points: [Int] { [] }
  var largestReplacement: Float { 0 }
  var sharesItems: Bool { true }

  func channelUpdates() throws(AblateError) -> [ChannelUpdate?] {
    var updates: [ChannelUpdate?] = Array(repeating: nil, count: model.layers.count)
    if let replaced { updates[restarts[0].layer] = try ChannelUpdate(model: model, replaced) }
    return updates
  }

  func visit(_ worker: SweepWorker) {
    for index in 0..<itemCount {
      worker.runPart(pairs: worker.block.rows) {
        let item = kind.item(index)
        guard let own = restarts.first(where: { $0.layer == item.layer }) else { return }
        if let replaced {
          return worker.run(
            item: index, layer: own.layer, channels: [item.unit, item.secondUnit].compactMap { $0 }, replaced)
        }
        worker.run(item: index, item, item.secondUnit == nil ? own.alone : own.withSecond, replacement)
      }
    }
  }
}
