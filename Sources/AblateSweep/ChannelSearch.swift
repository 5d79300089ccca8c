import AblateModel
import AblateRuntime

/// By all rows run through the whole model again, for layers in front of the chain that it ends in: what is removed is so in all runs of a
/// sweep over the layer.
final class ChannelSearch: GreedySearch {
  private let kind: UnitKind
  private let sweep: Sweep
  private let layer: Int
  private let removed: Mask
  /// [rows, input width]
  private let x: Buffer<Float>
  private let answers: GreedyAnswers
  private let rows: Int
  /// [units]: the accuracy, or the squared error, without each.
  private var values: [Double] = []

  init(
    model: Model, layer: Int, replacement: Replacement, x: UnsafePointer<Float>, _ answers: GreedyAnswers,
    rows: Int, threads: Int
  ) throws(AblateError) {
    kind = try UnitKind(model: model, items: UnitItems(model: model, layers: [layer]), replacement: replacement)
    sweep = try Sweep(model: model, kind: kind, metrics: [], changedRowLimit: 1, firstRow: 0, threads: threads)
    removed = Mask(model: model)
    try removed.setReplacement(replacement)
    self.layer = layer
    self.rows = rows
    self.x = try Buffer(rows: rows, columns: model.inputWidth)
    self.x.pointer.copy(from: x, count: self.x.count)
    self.answers = answers
  }

  func update(_ progress: Progress?) throws(AblateError) {
    sweep.reset()
    kind.base = try ResolvedMask(removed)
    switch answers {
    case .labels(let labels): try sweep.feed(x.pointer, labels: labels.pointer, rows: rows, progress: progress)
    case .targets(let targets): try sweep.feed(x.pointer, targets: targets.pointer, rows: rows, progress: progress)
    }
    values = []
    for unit in 0..<kind.itemCount {
      let result = try sweep.result(unit)
      values.append(result.squaredError ?? Double(result.correct) / Double(rows))
    }
  }

  func value(without unit: Int) -> Double { values[unit] }

  func remove(_ unit: Int) throws(AblateError) { try removed.set(layer: layer, unit: unit, ablated: true) }
}
