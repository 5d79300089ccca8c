import AblateModel
import AblateRuntime
import AblateSweep

/// Runs two models on the same rows, or one with two masks, and counts where they differ.
///
/// Rows are fed in batches of any size; memory does not grow with them. Neither the batches nor the number of threads change a bit of the
/// result; their order only changes which number a row has.
public final class Difference {
  public let first: Model
  public let second: Model
  private let runner: RowRunner
  private let workers: [DifferenceWorker]
  private let total: DifferenceTally
  private var numbers: RowNumbers
  /// Of what the masks held.
  private var ablated = Fingerprint()

  /// - Parameters:
  ///   - masks: as they are now; nil for intact runs.
  ///   - firstRow: the number of the first row fed here in the whole stream, for shards of it.
  ///   - threads: the caller's included, at most 256; 0 for one per processor.
  /// - Throws: `invalidArgument` if the models do not go together, have labels that differ, or a mask is of another model.
  public init(
    _ first: Model, _ second: Model, masks: (first: Mask?, second: Mask?) = (nil, nil), firstRow: Int = 0,
    threads: Int = 0
  ) throws(AblateError) {
    try Self.require(first, second)
    try Self.requireSameLabels(first, second)
    numbers = try RowNumbers(first: firstRow)
    let firstMask = try Self.resolved(masks.first, of: first, "first")
    let secondMask = try Self.resolved(masks.second, of: second, "second")
    try ablated.add(masks.first ?? Mask(model: first))
    try ablated.add(masks.second ?? Mask(model: second))
    self.first = first
    self.second = second
    runner = try RowRunner(model: first, threads: threads)
    total = try DifferenceTally(first)
    var workers: [DifferenceWorker] = []
    for executor in runner.executors {
      let other = try Executor(model: second, capacity: executor.capacity)
      if let firstMask { try executor.prepare(for: firstMask) }
      if let secondMask { try other.prepare(for: secondMask) }
      if workers.isEmpty { runner.secondExecutor = other }
      workers.append(try DifferenceWorker(executor, firstMask, other, secondMask))
    }
    self.workers = workers
  }

  private static func require(_ first: Model, _ second: Model) throws(AblateError) {
    guard first.inputWidth == second.inputWidth else {
      throw AblateError(
        .invalidArgument, "the first model takes rows of \(first.inputWidth) values, the second of \(second.inputWidth)"
      )
    }
    guard first.classCount == second.classCount else {
      throw AblateError(
        .invalidArgument, "the first model has \(first.classCount) classes, the second \(second.classCount)")
    }
    guard first.classCount > 0 || (first.head == second.head && first.outputWidth == second.outputWidth) else {
      throw AblateError(
        .invalidArgument,
        "models without classes must both be multilabel or both regressions, of as many outputs: these have \(first.outputWidth) and \(second.outputWidth)"
      )
    }
  }

  /// A model without labels goes with any: its classes are known by their place.
  private static func requireSameLabels(_ first: Model, _ second: Model) throws(AblateError) {
    guard let ours = first.classLabels, let theirs = second.classLabels else { return }
    for place in 0..<min(ours.count, theirs.count) where !ours[place].hasSameBytes(as: theirs[place]) {
      throw AblateError(
        .invalidArgument,
        "class \(place) is \(ours[place].quoted) in the first model and \(theirs[place].quoted) in the second: classes are compared by their place, so both models need the same labels in the same order"
      )
    }
  }

  private static func resolved(
    _ mask: Mask?, of model: Model, _ which: StaticString
  ) throws(AblateError) -> ResolvedMask? {
    guard let mask else { return nil }
    if mask.model !== model {
      throw AblateError(.invalidArgument, "the \(which) mask is of another model than the \(which) one")
    }
    return try ResolvedMask(mask)
  }

  /// What was found so far.
  public var result: DifferenceResult { total.result }

  /// How often each pair of predictions came: [classes, classes], row = the first model's; empty without classes.
  public var confusion: UnsafeBufferPointer<Int64> {
    UnsafeBufferPointer(start: total.confusion.pointer, count: total.confusion.count)
  }

  /// Adds rows: x is [rows, input width], labels [rows] in 0 ..< classCount, or nil. What throws has counted nothing.
  ///
  /// - Parameter progress: called between blocks on this thread with the rows done and the rows in all; returning false cancels this
  ///   feed.
  public func feed(
    _ x: UnsafePointer<Float>, labels: UnsafePointer<Int32>? = nil, rows: Int,
    progress: Progress? = nil
  ) throws(AblateError) {
    try numbers.require(rows: rows)
    let labels = try labels.map { (labels) throws(AblateError) in try copy(labels: labels, rows: rows) }
    let counter = ProgressCounter(total: UInt64(rows), progress)
    runner.forEachBlock(rows: rows) { [self] worker, block in
      if counter.isStopped { return }
      workers[worker].run(
        x + block.lowerBound * first.inputWidth, labels: labels.map { $0.pointer + block.lowerBound },
        rows: block.count,
        firstRow: numbers.next + block.lowerBound)
      counter.advance(by: UInt64(block.count), worker: worker)
    }
    let isComplete = counter.finish()
    for worker in workers {
      if isComplete { total.add(worker.tally) }
      worker.tally.reset()
    }
    guard isComplete else {
      throw AblateError(.cancelled, "cancelled by the progress callback: none of the \(rows) rows were counted")
    }
    numbers.fed += rows
  }

  private func copy(labels: UnsafePointer<Int32>, rows: Int) throws(AblateError) -> Buffer<Int32> {
    if first.classCount == 0 {
      throw AblateError(.invalidArgument, "labels are for models that put each row into one class: feed rows without")
    }
    return try first.checkedCopy(ofLabels: labels, rows: rows)
  }

  /// Adds the counts of another difference, as if its rows had been fed here.
  ///
  /// - Throws: `invalidArgument` if its models or masks are others.
  public func merge(_ other: Difference) throws(AblateError) {
    guard fingerprint == other.fingerprint else {
      throw AblateError(.invalidArgument, "the diffs differ in their models or masks")
    }
    total.add(other.total)
  }

  private var fingerprint: Fingerprint {
    var fingerprint = ablated
    fingerprint.add(first)
    fingerprint.add(second)
    return fingerprint
  }
}
