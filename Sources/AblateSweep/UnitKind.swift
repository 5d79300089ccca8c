import AblateModel
import AblateRuntime

/// Each unit of chosen layers, one at a time.
final class UnitKind: SweepKind {
  let items: UnitItems
  private let model: Model
  private let replacement: Replacement
  /// Of each chosen layer: the values that take the place of the units' own, where they do not depend on the row.
  private let fixed: [Buffer<Float>?]
  /// Of each chosen layer in front of the chain that the model ends in.
  private let restarts: [Restart?]

  init(model: Model, items: UnitItems, replacement: Replacement) throws(AblateError) {
    self.model = model
    self.items = items
    self.replacement = replacement
    var fixed: [Buffer<Float>?] = []
    for layer in items.layers { fixed.append(try replacement.fixedValues(model: model, layer: layer)) }
    self.fixed = fixed
    restarts = items.layers.map { layer in
      model.isInChain(layer) ? nil : Restart(model: model, point: model.point(behindLayer: layer))
    }
  }

  var itemCount: Int { items.count }

  func item(_ index: Int) -> SweepItem { items.item(index) }

  func identify(_ fingerprint: inout Fingerprint) {
    fingerprint.add(.units)
    for layer in items.layers { fingerprint.add(replacement, model: model, layer: layer) }
  }

  var points: [Int] { items.layers.map { model.point(behindLayer: $0) } }

  var largestReplacement: Float {
    var largest: Float = 0
    for layer in items.layers { largest = max(largest, replacement.largestMagnitude(model: model, layer: layer)) }
    return largest
  }

  func visit(_ worker: SweepWorker) {
    for position in items.layers.indices {
      if let restart = restarts[position] {
        worker.runAll(
          first: items.range(at: position).lowerBound, layer: items.layers[position], restart, replacement,
          fixed: fixed[position])
        continue
      }
      for row in 0..<worker.block.rows { visit(worker, row: row, position: position) }
      worker.flush(at: model.point(behindLayer: items.layers[position]))
    }
  }

  private func visit(_ worker: SweepWorker, row: Int, position: Int) {
    let layer = items.layers[position]
    worker.examineAll(
      first: items.range(at: position).lowerBound, row: row, at: model.point(behindLayer: layer),
      replacements: worker.replacements(fixed[position], of: replacement, layer: layer, row: row),
      count: model.layers[layer].units)
  }
}
