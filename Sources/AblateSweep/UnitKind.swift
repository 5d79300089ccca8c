import AblateModel
import AblateRuntime

/// Each unit of chosen layers, one at a time. What it is added to changes between feeds only.
final class UnitKind: SweepKind, @unchecked Sendable {
  let items: UnitItems
  private let model: Model
  /// Of each chosen layer.
  private let replacements: [LayerReplacement]
  private let ways: [Way]
  /// Of layers in front of the chain only, see `ChannelSearch`.
  var base: ResolvedMask?

  /// How a layer's units are examined.
  private enum Way {
    /// In the chain that the model ends in. `onlyDecline`: whether what takes the place of their values is 0, and these are never negative.
    case chain(onlyDecline: Bool)
    /// In front of it: by what stands for the layer there.
    case pooling(PooledChannels)
    /// Or as runs.
    case runs(ChannelRuns)
  }

  init(model: Model, items: UnitItems, replacement: Replacement) throws(AblateError) {
    self.model = model
    self.items = items
    var replacements: [LayerReplacement] = []
    var ways: [Way] = []
    for layer in items.layers {
      let own = try LayerReplacement(replacement, model: model, layer: layer)
      replacements.append(own)
      let fixed = own.fixed
      if model.isInChain(layer) {
        let isZero = fixed != nil && own.largestMagnitude == 0
        ways.append(.chain(onlyDecline: isZero && model.layers[layer].activation.kind == .relu))
      } else if let fixed, let pooled = try PooledChannels(model: model, layer: layer, fixed: fixed) {
        ways.append(.pooling(pooled))
      } else {
        ways.append(.runs(try ChannelRuns(model: model, layer: layer, replacement: replacement)))
      }
    }
    self.replacements = replacements
    self.ways = ways
  }

  var itemCount: Int { items.count }

  func item(_ index: Int) -> SweepItem { items.item(index) }

  func identify(_ fingerprint: inout Fingerprint) {
    fingerprint.add(.units)
    for replacement in replacements { replacement.identify(&fingerprint) }
  }

  /// Of layers that are run as they are, none: nothing is proven there.
  var points: [Int] {
    items.layers.indices.compactMap { position in
      if case .runs = ways[position] { return nil }
      return point(at: position)
    }
  }

  private func point(at position: Int) -> Int {
    if case .pooling(let pooled) = ways[position] { return pooled.point }
    return model.point(behindLayer: items.layers[position])
  }

  var largestReplacement: Float {
    var largest: Float = 0
    for (replacement, way) in zip(replacements, ways) {
      largest = Magnitude.larger(largest, replacement.largestMagnitude)
      if case .pooling(let pooled) = way {
        largest = Magnitude.larger(largest, pooled.replacement.largestMagnitude)
      }
    }
    return largest
  }

  func replacedChannels(ofLayer layer: Int) -> ReplacedChannels? {
    guard let position = items.layers.firstIndex(of: layer), case .runs(let runs) = ways[position] else { return nil }
    return runs.replaced
  }

  var sharesItems: Bool {
    ways.contains {
      if case .runs = $0 { return true }
      return false
    }
  }

  func visit(_ worker: SweepWorker) {
    for position in items.layers.indices {
      switch ways[position] {
      case .chain(let onlyDecline): visitRows(worker, position, replacements[position], onlyDecline: onlyDecline)
      case .pooling(let pooled): visitRows(worker, position, pooled.replacement, onlyDecline: false)
      case .runs(let runs): visitItems(worker, items.range(at: position), runs)
      }
    }
  }

  private func visitRows(
    _ worker: SweepWorker, _ position: Int, _ replacement: LayerReplacement, onlyDecline: Bool
  ) {
    let range = items.range(at: position)
    let point = point(at: position)
    worker.runRows(items: range.count) { rows in
      worker.forEachOpenRow(of: rows, at: point, replaced: 1) { row in
        worker.examineAll(
          first: range.lowerBound, row: row, at: point, replacements: worker.replacements(replacement, row: row),
          onlyDecline: onlyDecline, count: range.count)
      }
    }
    worker.flush(at: point)
  }

  private func visitItems(_ worker: SweepWorker, _ range: Range<Int>, _ runs: ChannelRuns) {
    for index in range {
      worker.runPart(pairs: worker.block.rows) { runs.run(item: index, items.item(index), by: worker) }
    }
  }
}
