import AblateModel
import AblateRuntime

/// Each unit of chosen layers, one at a time. What it is added to changes between feeds only.
final class UnitKind: SweepKind, @unchecked Sendable {
  let items: UnitItems
  private let model: Model
  private let replacement: Replacement
  /// Of each chosen layer: the values that take the place of the units' own, where they do not depend on the row.
  private let fixed: [Buffer<Float>?]
  /// Of each chosen layer in front of the chain that the model ends in: what stands for it there, or else how it is run.
  private let pooled: [PooledChannels?]
  private let restarts: [Restart?]
  /// Of those that are run, where the values that take their place do not depend on the row.
  private let replaced: [ReplacedChannels?]
  var base: ResolvedMask?

  init(model: Model, items: UnitItems, replacement: Replacement) throws(AblateError) {
    self.model = model
    self.items = items
    self.replacement = replacement
    var fixed: [Buffer<Float>?] = []
    for layer in items.layers { fixed.append(try replacement.fixedValues(model: model, layer: layer)) }
    self.fixed = fixed
    var pooled: [PooledChannels?] = []
    var restarts: [Restart?] = []
    var replaced: [ReplacedChannels?] = []
    for (layer, values) in zip(items.layers, fixed) {
      var own: PooledChannels?
      if let values, !model.isInChain(layer) {
        own = try PooledChannels(model: model, layer: layer, fixed: values)
      }
      pooled.append(own)
      let runsAll = own == nil && !model.isInChain(layer)
      restarts.append(runsAll ? Restart(model: model, points: [model.point(behindLayer: layer)]) : nil)
      var channels: ReplacedChannels?
      if runsAll, let values { channels = try ReplacedChannels(model: model, layer: layer, fixed: values) }
      replaced.append(channels)
    }
    self.pooled = pooled
    self.restarts = restarts
    self.replaced = replaced
  }

  var itemCount: Int { items.count }

  func item(_ index: Int) -> SweepItem { items.item(index) }

  func identify(_ fingerprint: inout Fingerprint) {
    fingerprint.add(.units)
    for layer in items.layers { fingerprint.add(replacement, model: model, layer: layer) }
  }

  var points: [Int] { items.layers.indices.map { point(at: $0) } }

  private func point(at position: Int) -> Int {
    pooled[position]?.point ?? model.point(behindLayer: items.layers[position])
  }

  var largestReplacement: Float {
    var largest: Float = 0
    for (layer, pooled) in zip(items.layers, pooled) {
      largest = max(largest, replacement.largestMagnitude(model: model, layer: layer))
      if let pooled {
        largest = max(largest, Replacement.largestMagnitude(pooled.values.pointer, count: pooled.values.count))
      }
    }
    return largest
  }

  func channelUpdates() throws(AblateError) -> [ChannelUpdate?] {
    var updates: [ChannelUpdate?] = Array(repeating: nil, count: model.layers.count)
    for (position, layer) in items.layers.enumerated() {
      if let replaced = replaced[position] { updates[layer] = try ChannelUpdate(model: model, replaced) }
    }
    return updates
  }

  var sharesItems: Bool { restarts.contains { $0 != nil } }

  func visit(_ worker: SweepWorker) {
    for position in items.layers.indices {
      let range = items.range(at: position)
      if let restart = restarts[position] {
        for item in range {
          worker.runPart(pairs: worker.block.rows) {
            if let replaced = replaced[position] {
              worker.run(item: item, layer: items.layers[position], channel: item - range.lowerBound, replaced)
            } else {
              worker.run(item: item, items.item(item), restart, replacement)
            }
          }
        }
        continue
      }
      let layer = items.layers[position]
      let point = point(at: position)
      let fixed = pooled[position]?.values ?? fixed[position]
      for row in 0..<worker.block.rows {
        worker.runPart(pairs: range.count) {
          worker.examineAll(
            first: range.lowerBound, row: row, at: point,
            replacements: worker.replacements(fixed, of: replacement, layer: layer, row: row), count: range.count)
        }
      }
      worker.flush(at: point)
    }
  }
}
