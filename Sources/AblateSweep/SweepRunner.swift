import AblateModel
import AblateRuntime
import Synchronization

/// Spreads the blocks of a feed over threads, each with a worker and counts of its own.
final class SweepRunner {
  private let rows: RowRunner
  private let workers: [SweepWorker]
  private let itemCount: Int
  private let inputWidth: Int

  init(plan: SweepPlan, threads: Int) throws(AblateError) {
    rows = try RowRunner(model: plan.model, threads: threads)
    itemCount = plan.kind.itemCount
    inputWidth = plan.model.inputWidth
    var workers: [SweepWorker] = []
    for executor in rows.executors {
      workers.append(try SweepWorker(intact: executor, plan: plan))
    }
    self.workers = workers
  }

  /// Runs all items over some rows and adds the counts to `total`, or, if `progress` returned false, adds nothing and returns false.
  func run(
    _ x: UnsafePointer<Float>, targets: Targets, rows count: Int, firstRow: Int,
    progress: ((UInt64, UInt64) -> Bool)?, into total: Tally
  ) -> Bool {
    let pairs = UInt64(count) &* UInt64(itemCount)
    let done = Atomic<UInt64>(0)
    let stopped = Atomic<Bool>(false)
    rows.forEachBlock(rows: count) { worker, block in
      if stopped.load(ordering: .relaxed) { return }
      workers[worker].run(
        x + block.lowerBound * inputWidth, targets: targets.from(row: block.lowerBound), rows: block.count,
        firstRow: firstRow + block.lowerBound)
      let sum = done.add(UInt64(block.count) &* UInt64(itemCount), ordering: .relaxed).newValue
      if worker == 0, sum < pairs, let progress, !progress(sum, pairs) { stopped.store(true, ordering: .relaxed) }
    }
    if count > 0, !stopped.load(ordering: .relaxed), let progress, !progress(pairs, pairs) {
      stopped.store(true, ordering: .relaxed)
    }
    let completed = !stopped.load(ordering: .relaxed)
    for worker in workers { worker.moveCounts(to: completed ? total : nil) }
    return completed
  }
}
