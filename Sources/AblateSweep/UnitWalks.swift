import AblateModel
import AblateRuntime

/// Walks along orders of hidden units: the first replaced, the first two, and so on, over rows that are given, or their activations of the
/// first layer. Many walks at once; of units that are the input, each as far as it is wanted.
package final class UnitWalks {
  /// How many walks there are at once.
  package let walks: Int
  /// The most steps of a run.
  package let stepLimit: Int
  package let rowsPerWalk: Int
  /// [walks, length of an order]: the units of each walk; those of several layers are numbered one layer after the other.
  package let orders: Buffer<Int32>
  /// [walks, rows per walk]: the rows of each walk; nil if each has all.
  package let rows: Buffer<Int32>?
  package let suffix: Model
  /// Values of a row.
  private let width: Int
  private let length: Int
  private let activations: Buffer<Float>
  private let labels: Buffer<Int32>
  private let replacements: Buffer<Float>
  private let steps: WalkSteps
  private let total: Tally
  private let pool: ThreadPool
  private let workers: [SweepWorker]
  /// Of each worker, [block, units] and [block].
  private let gathered: [Buffer<Float>]
  private let gatheredLabels: [Buffer<Int32>]
  private let blockRows: Int

  /// - Parameters:
  ///   - suffix: a classifier: the model behind the first layer, or all of it.
  ///   - points: behind the layers in `suffix`, ascending: 0 where it starts with the activations of the first.
  ///   - activations: [all rows, input width of `suffix`].
  ///   - replacements: of each unit of all layers, with room up to a multiple of 16.
  ///   - length: the units of an order.
  ///   - rowsPerWalk: nil for all.
  ///   - metrics: none, or one that gives a figure per row.
  package init(
    suffix: Model, points: [Int], activations: Buffer<Float>, labels: Buffer<Int32>, replacements: Buffer<Float>,
    length: Int, rowsPerWalk: Int?, walks: Int, stepLimit: Int, metrics: Metrics, threads: Int
  ) throws(AblateError) {
    self.suffix = suffix
    self.walks = walks
    self.stepLimit = stepLimit
    self.rowsPerWalk = rowsPerWalk ?? labels.count
    width = suffix.inputWidth
    self.length = length
    self.activations = activations
    self.labels = labels
    self.replacements = replacements
    orders = try Buffer(rows: walks, columns: length)
    rows = if let rowsPerWalk { try Buffer(rows: walks, columns: rowsPerWalk) } else { nil }
    let steps = try WalkSteps(walks: walks, limit: stepLimit, rowsPerWalk: self.rowsPerWalk)
    self.steps = steps
    pool = try ThreadPool(requestedThreads: threads, place: suffix.crews)
    blockRows = min(self.rowsPerWalk, Self.blockRows(of: suffix))
    let blockRows = blockRows
    let isLayered = points != [0]
    let makePlan = { () throws(AblateError) in
      let kind: any SweepKind =
        isLayered
        ? try LayeredWalkKind(
          model: suffix, points: points, replacements: replacements, steps: steps, metrics: metrics,
          capacity: blockRows)
        : WalkKind(model: suffix, replacements: replacements, steps: steps)
      return try SweepPlan(model: suffix, kind: kind, metrics: metrics, changedRowLimit: 1)
    }
    var plan = try makePlan()
    total = try plan.makeTally()
    // An item is a step of one walk.
    try total.reserve(rows: Int64(self.rowsPerWalk))
    var workers: [SweepWorker] = []
    var gathered: [Buffer<Float>] = []
    var gatheredLabels: [Buffer<Int32>] = []
    for thread in 0..<pool.threads {
      if thread > 0, isLayered { plan = try makePlan() }
      let worker = try SweepWorker(intact: Executor(model: suffix, capacity: blockRows), plan: plan)
      try worker.tally.reserve(rows: Int64(self.rowsPerWalk))
      workers.append(worker)
      gathered.append(try Buffer(rows: blockRows, columns: width))
      gatheredLabels.append(try Buffer(count: blockRows))
    }
    self.workers = workers
    self.gathered = gathered
    self.gatheredLabels = gatheredLabels
  }

  /// As many rows as stay in the second-level cache with what they become.
  private static func blockRows(of model: Model) -> Int {
    if model.chainStart > 0 { return BlockPlan(model: model).blockRows }
    return BlockPlan.blockRows(floatsPerRow: model.inputWidth, least: leastBlockRows)
  }

  private static var leastBlockRows: Int { 48 }

  /// The blocks of each walk.
  package static func blocks(rows: Int, suffix: Model) -> Int {
    let size = min(rows, blockRows(of: suffix))
    return (rows - 1) / max(size, 1) + 1
  }

  /// Goes steps `first` ..< `first` + `count` of the listed walks; unless the units are the input, `first` must be 0.
  ///
  /// - Parameter progress: called on this thread with the share of the run that is done; returning false ends it.
  /// - Returns: whether it was not ended.
  package func run(of chosen: [Int], first: Int, count: Int, progress: ((_ done: Double) -> Bool)?) -> Bool {
    for walk in chosen {
      (steps.units.pointer + walk * stepLimit).copy(from: orders.pointer + walk * length + first, count: count)
    }
    steps.count = count
    total.reset()
    let blocks = (rowsPerWalk - 1) / blockRows + 1
    steps.chosen = chosen
    // Enough groups for all threads, no more: each runs its rows before the first step once.
    steps.groupSize = isShared(first) ? max(1, chosen.count * blocks / (4 * pool.threads)) : 1
    let tasks = steps.groupCount * blocks
    let counter = ProgressCounter(
      total: UInt64(tasks), progress.map { progress in { progress(Double($0) / Double($1)) } })
    pool.run(tasks) { [self] task, worker in
      if counter.isStopped { return }
      run(group: task / blocks, fromRow: task % blocks * blockRows, first: first, worker: worker)
      counter.advance(by: 1, worker: worker)
    }
    for worker in workers { worker.moveCounts(to: total) }
    return counter.finish()
  }

  /// Whether all walks begin with the same rows.
  private func isShared(_ first: Int) -> Bool { first == 0 && rows == nil }

  private func run(group: Int, fromRow firstRow: Int, first: Int, worker: Int) {
    let count = min(blockRows, rowsPerWalk - firstRow)
    var x = UnsafePointer(activations.pointer + firstRow * width)
    var own = UnsafePointer(labels.pointer + firstRow)
    if !isShared(first) {
      gather(walk: steps.chosen[group], fromRow: firstRow, count: count, replaced: first, worker: worker)
      x = UnsafePointer(gathered[worker].pointer)
      own = UnsafePointer(gatheredLabels[worker].pointer)
    }
    workers[worker].run(
      x, targets: Targets(labels: own), rows: count, firstRow: steps.row(firstRow, ofGroup: group))
  }

  /// The rows of a block with the first units of its order replaced.
  @_optimize(speed)
  private func gather(walk: Int, fromRow firstRow: Int, count: Int, replaced: Int, worker: Int) {
    let order = orders.pointer + walk * length
    for index in 0..<count {
      let place = walk * rowsPerWalk + firstRow + index
      let row = rows.map { Int($0.pointer[place]) } ?? firstRow + index
      let target = gathered[worker].pointer + index * width
      target.copy(from: activations.pointer + row * width, count: width)
      for step in 0..<replaced {
        let unit = Int(order[step])
        target[unit] = replacements.pointer[unit]
      }
      gatheredLabels[worker].pointer[index] = labels.pointer[row]
    }
  }

  /// What a step of the last run added to the sum over the rows of its walk, since the run began: of rows that are right, or of the
  /// figure that was asked for.
  ///
  /// - Parameter step: counted from the first of the run.
  package func change(walk: Int, step: Int) -> ExactSum {
    let item = walk * stepLimit + step
    if total.measures.singles > 0 { return total.sumOfChanges(0, item: item) }
    var sum = ExactSum()
    sum.add(exactly: Double(total.item(item).balance))
    return sum
  }
}
