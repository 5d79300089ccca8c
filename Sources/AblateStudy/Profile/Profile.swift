import AblateModel
import AblateRuntime
import AblateSweep

/// What the units of some layers do over rows, in one pass: moments, information about the class, top rows, products, Taylor measures.
///
/// Rows are fed in batches of any size; memory does not grow with them. Sums are exact, so neither the batches, nor their order, nor the
/// number of threads, nor merging change a bit of the result, but for the Gram matrix, which rounds in the order of the rows.
public final class Profile {
  public struct Options {
    /// nil for all hidden layers.
    public var layers: [Int]?
    public var measures: ProfileMeasures = []
    /// For `entropy` and `information`.
    public var quantiser = Quantiser.ownThreshold
    /// Of a histogram, 1 to 2^16, over a range; nil for the activation function's own.
    public var bins = 64
    public var histogramRange: ActivationRange?
    /// The most top rows of a unit, 1 to 2^16.
    public var topRowLimit = 8
    /// What counts as the activation of a channel.
    public var positions = PositionSummary.mean
    /// The number of the first row fed here in the whole stream, for profiles of shards of it.
    public var firstRow = 0
    /// The caller's included, at most 256; 0 for one per processor.
    public var threads = 0

    public init() {}
  }

  public let model: Model
  let plan: ProfilePlan
  /// Of each layer of the plan.
  let tallies: [LayerTally]
  let grams: [GramMatrix]
  /// [classes]
  let classRows: Buffer<Int64>
  private let runner: RowRunner
  private let workers: [ProfileWorker]
  /// Of the rows fed here, without those of merged profiles.
  private var numbers: RowNumbers
  private var cancelled = false

  /// - Throws: `unsupported` for measures that need labels and a model without classes; `invalidArgument`.
  public init(model: Model, options: Options = Options()) throws(AblateError) {
    numbers = try RowNumbers(first: options.firstRow)
    let plan = try ProfilePlan(model: model, options: options)
    self.model = model
    self.plan = plan
    tallies = try plan.makeTallies()
    classRows = try Buffer(count: plan.classCount)
    runner = try RowRunner(model: model, threads: options.threads)
    var workers: [ProfileWorker] = []
    for executor in runner.executors { workers.append(try ProfileWorker(plan: plan, executor: executor)) }
    self.workers = workers
    var grams: [GramMatrix] = []
    if plan.measures.contains(.gram) {
      for layer in plan.layers {
        grams.append(try GramMatrix(model: model, layer: layer, capacity: Self.chunkRows(runner)))
      }
    }
    self.grams = grams
  }

  /// The rows whose products are added at once.
  private static func chunkRows(_ runner: RowRunner) -> Int {
    runner.executors.reduce(0) { $0 + 2 * $1.capacity }
  }

  /// The layers that are profiled.
  public var layers: [Int] { plan.layers }

  public var measures: ProfileMeasures { plan.measures }

  /// How many rows were fed and merged.
  public var rows: Int64 {
    var rows: Int64 = 0
    for index in 0..<classRows.count { rows &+= classRows.pointer[index] }
    return rows
  }

  /// Adds rows: x is [rows, input width], labels [rows] in 0 ..< classCount, which may be nil if no measure needs them. What throws has
  /// counted nothing.
  ///
  /// - Parameter progress: called between blocks on this thread with the rows done and the rows in all; returning false cancels this feed
  ///   and every later one, the results before it stand.
  public func feed(
    _ x: UnsafePointer<Float>, labels: UnsafePointer<Int32>? = nil, rows: Int,
    progress: Progress? = nil
  ) throws(AblateError) {
    try requireNotCancelled()
    try numbers.require(rows: rows)
    if rows == 0 { return }
    var ownLabels: Buffer<Int32>?
    if plan.measures.needLabels {
      guard let labels else {
        throw AblateError(
          .invalidArgument, "labels is NULL: class means, information and Taylor measures need the class of each row")
      }
      ownLabels = try model.checkedCopy(ofLabels: labels, rows: rows)
    }
    if progress != nil { for gram in grams { try gram.save() } }
    let completed = run(x, labels: ownLabels, rows: rows, progress: progress)
    for worker in workers {
      if completed { add(worker) }
      worker.reset()
    }
    guard completed else {
      for gram in grams { gram.restore() }
      cancelled = true
      throw AblateError(
        .cancelled, "cancelled by the progress callback; rows that are counted: \(self.rows)")
    }
    numbers.fed += rows
  }

  private func add(_ worker: ProfileWorker) {
    for (tally, other) in zip(tallies, worker.tallies) { tally.add(other) }
    for index in 0..<classRows.count { classRows.pointer[index] &+= worker.classRows.pointer[index] }
  }

  /// Whether all rows were run.
  private func run(
    _ x: UnsafePointer<Float>, labels: Buffer<Int32>?, rows: Int, progress: Progress?
  ) -> Bool {
    let counter = ProgressCounter(total: UInt64(rows), progress)
    let chunk = grams.isEmpty ? rows : min(rows, Self.chunkRows(runner))
    var first = 0
    while first < rows {
      let count = min(chunk, rows - first)
      runner.forEachBlock(rows: count) { [self] number, block in
        if counter.isStopped { return }
        let row = first + block.lowerBound
        let worker = workers[number]
        worker.run(
          x + row * model.inputWidth, labels: labels.map { $0.pointer + row }, rows: block.count,
          firstRow: numbers.next + row)
        for (place, gram) in grams.enumerated() {
          let values = worker.values(at: place)
          gram.set(block, values.pointer, values.stride)
        }
        counter.advance(by: UInt64(block.count), worker: number)
      }
      if counter.isStopped { return false }
      for gram in grams { gram.add(rows: count, runner) }
      first += count
    }
    return counter.finish()
  }

  /// - Throws: `cancelled` after a cancelled feed.
  package func requireNotCancelled() throws(AblateError) {
    if cancelled {
      throw AblateError(
        .cancelled, "the profile was cancelled: its results after \(rows) rows stand, no more can be fed")
    }
  }
}
