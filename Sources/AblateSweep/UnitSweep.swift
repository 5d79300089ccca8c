import AblateModel
import AblateRuntime

/// Ablates every unit of chosen layers, one at a time, over labelled rows, and counts.
///
/// Rows are fed in batches of any size; memory does not grow with them. Neither the batches, nor their order, nor the number of threads
/// change a bit of the result (with `resample`, which goes by the number of a row in the stream, the order does).
public final class UnitSweep {
  public let model: Model
  public let metrics: Metrics
  /// The items in their order: each unit of each chosen layer.
  public let items: UnitItems
  private let runner: SweepRunner
  private let total: Tally
  private var cancelled = false

  /// - Parameters:
  ///   - layers: each at most once; nil for all hidden layers.
  ///   - threads: the caller's included, at most 256; 0 for one per processor.
  /// - Throws: `unsupported` for models that do not put a row into one class; `invalidArgument`.
  public init(
    model: Model, layers: [Int]? = nil, replacement: Replacement = .zero, metrics: Metrics = .confusion,
    threads: Int = 0
  ) throws(AblateError) {
    guard model.classCount > 0 else {
      throw AblateError(
        .unsupported,
        "a sweep needs a model that puts each row into one class; this one is a \(model.head == .regression ? "regression" : "multilabel model")"
      )
    }
    guard metrics.isSubset(of: .all) else {
      throw AblateError(.invalidArgument, "metrics has unknown bits: \(metrics.rawValue)")
    }
    try replacement.require(model: model)
    self.model = model
    self.metrics = metrics
    items = try UnitItems(model: model, layers: layers)
    total = try Tally(itemCount: items.count, classCount: model.classCount, metrics: metrics)
    let kind = try UnitKind(model: model, items: items, replacement: replacement)
    runner = try SweepRunner(plan: try SweepPlan(model: model, kind: kind, metrics: metrics), threads: threads)
  }

  /// Adds rows: x is [rows, input width], labels [rows] in 0 ..< classCount. What throws has counted nothing.
  ///
  /// - Parameter progress: called between blocks on this thread with the (row, item) pairs done and the pairs in all; returning false
  ///   cancels this feed and every later one, the results before it stand.
  public func feed(
    _ x: UnsafePointer<Float>, labels: UnsafePointer<Int32>, rows: Int,
    progress: ((_ done: UInt64, _ total: UInt64) -> Bool)? = nil
  ) throws(AblateError) {
    try requireNotCancelled()
    guard rows >= 0 else { throw AblateError(.invalidArgument, "rows is negative: \(rows)") }
    let classes = Int32(truncatingIfNeeded: min(model.classCount, Int(Int32.max)))
    for row in 0..<rows where labels[row] < 0 || labels[row] >= classes {
      throw AblateError(
        .invalidArgument, "label \(labels[row]) of row \(row) is out of range: the model has \(classes) classes")
    }
    guard runner.run(x, labels: labels, rows: rows, firstRow: Int(total.rows), progress: progress, into: total) else {
      cancelled = true
      throw AblateError(.cancelled, "cancelled by the progress callback after \(total.rows) rows of earlier feeds")
    }
  }

  /// - Throws: `cancelled` after a cancelled feed.
  public func requireNotCancelled() throws(AblateError) {
    if cancelled {
      throw AblateError(
        .cancelled, "the sweep was cancelled: its results after \(total.rows) rows stand, no more can be fed")
    }
  }

  /// The result of item `index`.
  public func result(_ index: Int) throws(AblateError) -> SweepResult {
    try require(item: index)
    let item = total.item(index)
    let place = items.place(index)
    var logLoss = total.logLoss
    logLoss.add(item.logLoss)
    var labelProbability = total.labelProbability
    labelProbability.add(item.labelProbability)
    return SweepResult(
      layer: place.layer, unit: place.unit, rows: total.rows, correct: total.correct - item.lost + item.gained,
      lost: item.lost, gained: item.gained, changed: item.changed, logLoss: mean(logLoss, .logLoss),
      labelProbability: mean(labelProbability, .labelProbability))
  }

  /// The figures of the intact model on the same rows; layer and unit are 0.
  public var intact: SweepResult {
    SweepResult(
      layer: 0, unit: 0, rows: total.rows, correct: total.correct, lost: 0, gained: 0, changed: 0,
      logLoss: mean(total.logLoss, .logLoss), labelProbability: mean(total.labelProbability, .labelProbability))
  }

  /// Writes [classes, classes], row = label, column = prediction.
  public func copyConfusion(of index: Int, to out: UnsafeMutablePointer<Int64>) throws(AblateError) {
    try require(item: index)
    try total.copyConfusion(of: index, to: out)
  }

  /// Writes the intact model's [classes, classes], row = label, column = prediction.
  public func copyIntactConfusion(to out: UnsafeMutablePointer<Int64>) { total.copyIntactConfusion(to: out) }

  private func mean(_ sum: FixedPointSum, _ metric: Metrics) -> Double {
    metrics.contains(metric) && total.rows > 0 ? sum.value / Double(total.rows) : .nan
  }

  private func require(item index: Int) throws(AblateError) {
    guard index >= 0, index < items.count else {
      throw AblateError(
        .invalidArgument, "result \(UInt(bitPattern: index)) is out of range: the sweep has \(items.count)")
    }
  }
}

/// What ablating one unit did.
public struct SweepResult: Equatable, Sendable {
  public let layer: Int
  public let unit: Int
  public let rows: Int64
  /// Rows predicted as their label while the unit is ablated.
  public let correct: Int64
  /// Right when intact, wrong when ablated.
  public let lost: Int64
  /// Wrong when intact, right when ablated.
  public let gained: Int64
  /// Rows whose prediction changed.
  public let changed: Int64
  /// Mean of -ln P(label); NaN if not asked for, and for no rows.
  public let logLoss: Double
  /// Mean of P(label); NaN if not asked for, and for no rows.
  public let labelProbability: Double

  /// Accuracy when ablated minus accuracy when intact; 0 for no rows.
  public var effect: Double { rows == 0 ? 0 : Double(gained - lost) / Double(rows) }
}
