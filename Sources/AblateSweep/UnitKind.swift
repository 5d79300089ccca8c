import AblateModel
import AblateRuntime

/// Each unit of chosen layers, one at a time. What it is added to changes between feeds only.
final class UnitKind: SweepKind, @unchecked Sendable {
  let items: UnitItems
  private let model: Model
  private let replacement: Replacement
  /// Of each chosen layer.
  private let ways: [Way]
  /// Of layers in front of the chain only, see `ChannelSearch`.
  var base: ResolvedMask?

  /// How a layer's units are examined.
  private enum Way {
    /// In the chain that the model ends in. `fixed`: the values that take the place of the units' own, where no row counts. `onlyDecline`: whether
    /// these are 0, and their own are never negative.
    case chain(fixed: Buffer<Float>?, onlyDecline: Bool)
    /// In front of it: by what stands for the layer there.
    case pooling(PooledChannels)
    /// Or as runs. `ReplacedChannels`: where no row counts.
    case runs(Restart, ReplacedChannels?)
  }

  init(model: Model, items: UnitItems, replacement: Replacement) throws(AblateError) {
    self.model = model
    self.items = items
    self.replacement = replacement
    var ways: [Way] = []
    for layer in items.layers {
      let fixed = try replacement.fixedValues(model: model, layer: layer)
      if model.isInChain(layer) {
        let isZero = fixed.map { Replacement.largestMagnitude($0.pointer, count: $0.count) == 0 } ?? false
        let onlyDecline = isZero && model.layers[layer].activation.kind == .relu
        ways.append(.chain(fixed: fixed, onlyDecline: onlyDecline))
      } else if let fixed, let pooled = try PooledChannels(model: model, layer: layer, fixed: fixed) {
        ways.append(.pooling(pooled))
      } else {
        let restart = Restart(model: model, points: [model.point(behindLayer: layer)])
        var replaced: ReplacedChannels?
        if let fixed { replaced = try ReplacedChannels(model: model, layer: layer, fixed: fixed) }
        ways.append(.runs(restart, replaced))
      }
    }
    self.ways = ways
  }

  var itemCount: Int { items.count }

  func item(_ index: Int) -> SweepItem { items.item(index) }

  func identify(_ fingerprint: inout Fingerprint) {
    fingerprint.add(.units)
    for layer in items.layers { fingerprint.add(replacement, model: model, layer: layer) }
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
    for (layer, way) in zip(items.layers, ways) {
      largest = Replacement.larger(largest, replacement.largestMagnitude(model: model, layer: layer))
      if case .pooling(let pooled) = way {
        largest = Replacement.larger(
          largest, Replacement.largestMagnitude(pooled.values.pointer, count: pooled.values.count))
      }
    }
    return largest
  }

  func replacedChannels(ofLayer layer: Int) -> ReplacedChannels? {
    guard let position = items.layers.firstIndex(of: layer), case .runs(_, let replaced) = ways[position] else {
      return nil
    }
    return replaced
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
      case .chain(let fixed, let onlyDecline):
        visitRows(worker, position, fixed, onlyDecline: onlyDecline)
      case .pooling(let pooled): visitRows(worker, position, pooled.values, onlyDecline: false)
      case .runs(let restart, let replaced): visitItems(worker, position, restart, replaced)
      }
    }
  }

  private func visitRows(_ worker: SweepWorker, _ position: Int, _ fixed: Buffer<Float>?, onlyDecline: Bool) {
    let range = items.range(at: position)
    let layer = items.layers[position]
    let point = point(at: position)
    // Neither is retained for each row.
    let fixed = fixed.map { UnsafePointer($0.pointer) }
    let replacement = replacement
    worker.runRows(items: range.count) { rows in
      worker.forEachOpenRow(of: rows, at: point, replaced: 1) { row in
        worker.examineAll(
          first: range.lowerBound, row: row, at: point,
          replacements: worker.replacements(fixed, of: replacement, layer: layer, row: row), onlyDecline: onlyDecline,
          count: range.count)
      }
    }
    worker.flush(at: point)
  }

  private func visitItems(_ worker: SweepWorker, _ position: Int, _ restart: Restart, _ replaced: ReplacedChannels?) {
    let range = items.range(at: position)
    for item in range {
      worker.runPart(pairs: worker.block.rows) {
        if let replaced {
          worker.run(item: item, layer: items.layers[position], channels: [item - range.lowerBound], replaced)
        } else {
          worker.run(item: item, items.item(item), restart, replacement)
        }
      }
    }
  }
}
