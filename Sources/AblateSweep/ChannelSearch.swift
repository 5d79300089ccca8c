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
  private let labels: Buffer<Int32>
  /// Of regressions.
  private let targets: Buffer<Float>?
  private let rows: Int
  /// [units]: the accuracy, or the squared error, without each.
  private var values: [Double] = []

  init(
    model: Model, layer: Int, replacement: Replacement, x: UnsafePointer<Float>, labels: UnsafePointer<Int32>?,
    targets: UnsafePointer<Float>?, rows: Int, threads: Int
  ) throws(AblateError) {
    kind = try UnitKind(model: model, items: UnitItems(model: model, layers: [layer]), replacement: replacement)
    sweep = try Sweep(model: model, kind: kind, metrics: [], changedRowLimit: 1, firstRow: 0, threads: threads)
    removed = Mask(model: model)
    try removed.setReplacement(replacement)
    self.layer = layer
    self.rows = rows
    self.x = try Buffer(rows: rows, columns: model.inputWidth)
    self.x.pointer.copy(from: x, count: self.x.count)
    self.labels = try Buffer(count: rows)
    if let labels {
      try model.require(labels: labels, rows: rows)
      self.labels.pointer.copy(from: labels, count: rows)
    }
    if let targets {
      let own = try Buffer<Float>(rows: rows, columns: model.outputWidth)
      own.pointer.copy(from: targets, count: own.count)
      self.targets = own
    } else {
      self.targets = nil
    }
  }

  func update(_ progress: Progress?) throws(AblateError) {
    sweep.reset()
    kind.base = try ResolvedMask(removed)
    if let targets {
      try sweep.feed(x.pointer, targets: targets.pointer, rows: rows, progress: progress)
    } else {
      try sweep.feed(x.pointer, labels: labels.pointer, rows: rows, progress: progress)
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
