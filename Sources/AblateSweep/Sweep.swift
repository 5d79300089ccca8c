import AblateModel
import AblateRuntime

/// Ablates one item after the other (units, synapses, pairs, masks), over labelled rows, and counts.
///
/// Rows are fed in batches of any size; memory does not grow with them. Neither the batches, nor their order, nor the number of threads
/// change a bit of the result (with `resample` and `changedRows`, which go by the number of a row in the stream, the order does).
public final class Sweep {
  public let model: Model
  public let metrics: Metrics
  let kind: any SweepKind
  private let runner: SweepRunner
  let total: Tally
  /// Of the rows fed here, without those of merged sweeps.
  var numbers: RowNumbers
  private var isCancelled = false

  /// - Parameters:
  ///   - replacement: for units and input values; synapses become 0, and masks have their own.
  ///   - changedRowLimit: the most row numbers kept per item, 1 to 2^20; nil for 16.
  ///   - firstRow: the number of the first row fed here in the whole stream, for sweeps of shards of it.
  ///   - threads: the caller's included, at most 256; 0 for one per processor.
  /// - Throws: `unsupported` for multilabel models; `invalidArgument`.
  public convenience init(
    model: Model, of subject: SweepSubject = .units(layers: nil), replacement: Replacement = .zero,
    metrics: Metrics = .confusion, changedRowLimit: Int? = nil, firstRow: Int = 0, threads: Int = 0
  ) throws(AblateError) {
    try Self.requireSweepable(model)
    try Self.require(metrics, model: model)
    let changedRowLimit = changedRowLimit ?? 16
    guard changedRowLimit >= 1, changedRowLimit <= 1 << 20 else {
      throw AblateError(
        .invalidArgument, "options.changed_row_limit is \(UInt(bitPattern: changedRowLimit)): 1 to 2^20 are possible")
    }
    try replacement.require(model: model)
    let kind = try subject.kind(model: model, replacement: replacement)
    // The default metric is left out where there are no classes.
    try self.init(
      model: model, kind: kind, metrics: model.head == .regression ? [] : metrics, changedRowLimit: changedRowLimit,
      firstRow: firstRow, threads: threads)
  }

  init(
    model: Model, kind: any SweepKind, metrics: Metrics, changedRowLimit: Int, firstRow: Int, threads: Int
  ) throws(AblateError) {
    self.model = model
    self.metrics = metrics
    numbers = try RowNumbers(first: firstRow)
    self.kind = kind
    let plan = try SweepPlan(model: model, kind: kind, metrics: metrics, changedRowLimit: changedRowLimit)
    total = try plan.makeTally()
    runner = try SweepRunner(plan: plan, threads: threads)
  }

  static func requireSweepable(_ model: Model) throws(AblateError) {
    if model.head == .multilabel {
      throw AblateError(
        .unsupported, "a sweep needs a model that puts each row into one class, or a regression; this one is multilabel"
      )
    }
  }

  private static func require(_ metrics: Metrics, model: Model) throws(AblateError) {
    guard metrics.isSubset(of: .all) else {
      throw AblateError(.invalidArgument, "metrics has unknown bits: \(metrics.rawValue)")
    }
    if model.head == .regression && !metrics.isSubset(of: .confusion) {
      throw AblateError(
        .unsupported, "this model is a regression: its sweeps find squared errors and changes, and no other metrics")
    }
  }

  /// - Throws: `invalidArgument` unless rows come with labels to classifiers, with targets to regressions.
  static func requireRows(areLabelled: Bool, model: Model) throws(AblateError) {
    if (model.head == .regression) != areLabelled { return }
    throw AblateError(
      .invalidArgument,
      areLabelled
        ? "the model is a regression: feed it targets, not labels"
        : "the model is a classifier: feed it labels, not targets")
  }

  public var itemCount: Int { kind.itemCount }

  /// The most row numbers kept per item; 0 if none are.
  public var changedRowLimit: Int { total.changedRows?.limit ?? 0 }

  /// Adds rows: x is [rows, input width], labels [rows] in 0 ..< classCount. What throws has counted nothing.
  ///
  /// - Parameter progress: called between blocks, or items that threads share, on this thread, with the (row, item) pairs done and in all; returning
  ///   false cancels this feed and every later one. The results before it stand.
  public func feed(
    _ x: UnsafePointer<Float>, labels: UnsafePointer<Int32>, rows: Int,
    progress: Progress? = nil
  ) throws(AblateError) {
    try requireFeed(rows: rows)
    try Self.requireRows(areLabelled: true, model: model)
    let labels = try model.checkedCopy(ofLabels: labels, rows: rows)
    defer { withExtendedLifetime(labels) {} }
    try feed(x, Targets(labels: labels.pointer), rows: rows, progress: progress)
  }

  /// The same for regressions: targets is [rows, outputs], finite.
  public func feed(
    _ x: UnsafePointer<Float>, targets: UnsafePointer<Float>, rows: Int,
    progress: Progress? = nil
  ) throws(AblateError) {
    try requireFeed(rows: rows)
    let width = model.outputWidth
    try Self.requireRows(areLabelled: false, model: model)
    for row in 0..<rows {
      for output in 0..<width where !targets[row * width + output].isFinite {
        throw AblateError(.invalidArgument, "target \(output) of row \(row) is not finite")
      }
    }
    try feed(x, Targets(values: targets, width: width), rows: rows, progress: progress)
  }

  private func feed(
    _ x: UnsafePointer<Float>, _ targets: Targets, rows: Int, progress: Progress?
  ) throws(AblateError) {
    try total.reserve(rows: Int64(rows))
    try runner.reserve(rows: Int64(rows))
    guard
      runner.run(x, targets: targets, rows: rows, firstRow: numbers.next, progress: progress, into: total)
    else {
      isCancelled = true
      throw AblateError(.cancelled, "cancelled by the progress callback; rows that are counted: \(total.rows)")
    }
    numbers.fed += rows
  }

  /// Rows that keep every thread busy.
  var rowsAtOnce: Int { runner.rowsAtOnce }

  /// Forgets all rows.
  func reset() {
    total.reset()
    numbers.fed = 0
  }

  private func requireFeed(rows: Int) throws(AblateError) {
    try requireNotCancelled()
    try numbers.require(rows: rows)
  }

  /// - Throws: `cancelled` after a cancelled feed.
  package func requireNotCancelled() throws(AblateError) {
    if isCancelled {
      throw AblateError(
        .cancelled, "the sweep was cancelled: its results after \(total.rows) rows stand, no more can be fed")
    }
  }
}
