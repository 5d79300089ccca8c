import AblateModel
import AblateRuntime

/// The items of another kind, each run as with a mask: for layers in front of the chain that the model ends in, where no bounds are known.
final class MaskedKind: SweepKind {
  private let kind: any SweepKind
  private let layers: [Int]
  /// Of each layer.
  private let runs: [ChannelRuns]

  /// - Parameters:
  ///   - kind: its items are units of some layers, or two units each.
  ///   - layers: ascending; the second units are of the last one.
  init(_ kind: any SweepKind, model: Model, layers: [Int], replacement: Replacement) throws(AblateError) {
    self.kind = kind
    self.layers = layers
    var runs: [ChannelRuns] = []
    for place in layers.indices {
      runs.append(
        try ChannelRuns(
          model: model, layer: layers[place], and: Array(layers[(place + 1)...]), replacement: replacement))
    }
    self.runs = runs
  }

  var itemCount: Int { kind.itemCount }
  func item(_ index: Int) -> SweepItem { kind.item(index) }
  func parts(of index: Int) -> (first: Int, second: Int)? { kind.parts(of: index) }
  var firstPair: Int? { kind.firstPair }
  func identify(_ fingerprint: inout Fingerprint) { kind.identify(&fingerprint) }
  var points: [Int] { [] }
  var largestReplacement: Float { 0 }
  var sharesItems: Bool { true }

  func replacedChannels(ofLayer layer: Int) -> ReplacedChannels? {
    layers.firstIndex(of: layer).flatMap { runs[$0].replaced }
  }

  func visit(_ worker: SweepWorker) {
    for index in 0..<itemCount {
      worker.runPart(pairs: worker.block.rows) {
        let item = kind.item(index)
        guard let layer = item.layer, let place = layers.firstIndex(of: layer) else { return }
        runs[place].run(item: index, item, by: worker)
      }
    }
  }
}
