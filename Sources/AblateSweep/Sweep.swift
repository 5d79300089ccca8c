import AblateModel
import AblateRuntime

/// Ablates one item after the other (units, synapses, pairs, masks), over labelled rows, and counts.
///
/// Rows are fed in batches of any size; memory does not grow with them. Neither the batches, nor their order, nor the number of threads
/// change a bit of the result (with `resample`, which goes by the number of a row in the stream, the order does).
public final class Sweep {
  public let model: Model
  public let metrics: Metrics
  let kind: any SweepKind
  private let runner: SweepRunner
  let total: Tally
  private var cancelled = false

  /// - Parameters:
  ///   - replacement: for units and input values; synapses become 0, and masks have their own.
  ///   - threads: the caller's included, at most 256; 0 for one per processor.
  /// - Throws: `unsupported` for models that do not put a row into one class; `invalidArgument`.
  public init(
    model: Model, of subject: SweepSubject = .units(layers: nil), replacement: Replacement = .zero,
    metrics: Metrics = .confusion, threads: Int = 0
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
    kind = try subject.kind(model: model, replacement: replacement)
    total = try Tally(itemCount: kind.itemCount, classCount: model.classCount, metrics: metrics)
    runner = try SweepRunner(plan: try SweepPlan(model: model, kind: kind, metrics: metrics), threads: threads)
  }

  public var itemCount: Int { kind.itemCount }

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
    var logLoss = total.logLoss
    logLoss.add(total.sums(index).logLoss)
    var labelProbability = total.labelProbability
    labelProbability.add(total.sums(index).labelProbability)
    return SweepResult(
      item: kind.item(index), rows: total.rows, correct: total.correct - item.lost + item.gained,
      lost: item.lost, gained: item.gained, changed: item.changed, logLoss: mean(logLoss, .logLoss),
      labelProbability: mean(labelProbability, .labelProbability), interaction: interaction(index))
  }

  /// The figures of the intact model on the same rows; no item.
  public var intact: SweepResult {
    SweepResult(
      item: SweepItem(), rows: total.rows, correct: total.correct, lost: 0, gained: 0, changed: 0,
      logLoss: mean(total.logLoss, .logLoss), labelProbability: mean(total.labelProbability, .labelProbability),
      interaction: nil)
  }

  /// Writes [classes, classes], row = label, column = prediction.
  public func copyConfusion(of index: Int, to out: UnsafeMutablePointer<Int64>) throws(AblateError) {
    try require(item: index)
    try total.copyConfusion(of: index, to: out)
  }

  /// How much of the work so far had to be done.
  public var cost: SweepCost {
    SweepCost(pairs: Int64(kind.itemCount) &* total.rows, examined: total.examined, rerun: total.rerun)
  }

  /// Of a pair (i, j), the effect of both less that of i and that of j; nil for other items.
  func interaction(_ index: Int) -> Double? {
    guard kind.hasPairs, total.rows > 0 else { return nil }
    let item = kind.item(index)
    guard let first = item.unit, let second = item.secondUnit else { return nil }
    let change = total.item(index).balance - total.item(first).balance - total.item(second).balance
    return Double(change) / Double(total.rows)
  }

  /// The `count` items with the largest |effect|, or, of pairs, the largest |interaction|: largest first, the lower index first among
  /// equals.
  public func strongest(_ count: Int) throws(AblateError) -> [Int] {
    var strengths: [(index: Int, strength: Double)] = []
    for index in 0..<itemCount {
      let isPair = kind.item(index).secondUnit != nil
      if kind.hasPairs && !isPair { continue }
      strengths.append((index, abs(interaction(index) ?? Double(total.item(index).balance))))
    }
    guard count >= 0, count <= strengths.count else {
      throw AblateError(.invalidArgument, "count is \(UInt(bitPattern: count)): there are \(strengths.count)")
    }
    strengths.sort { $0.strength != $1.strength ? $0.strength > $1.strength : $0.index < $1.index }
    return strengths.prefix(count).map { $0.index }
  }

  /// Writes the intact model's [classes, classes], row = label, column = prediction.
  public func copyIntactConfusion(to out: UnsafeMutablePointer<Int64>) { total.copyIntactConfusion(to: out) }

  private func mean(_ sum: FixedPointSum, _ metric: Metrics) -> Double {
    metrics.contains(metric) && total.rows > 0 ? sum.value / Double(total.rows) : .nan
  }

  private func require(item index: Int) throws(AblateError) {
    guard index >= 0, index < kind.itemCount else {
      throw AblateError(
        .invalidArgument, "result \(UInt(bitPattern: index)) is out of range: the sweep has \(kind.itemCount)")
    }
  }
}
