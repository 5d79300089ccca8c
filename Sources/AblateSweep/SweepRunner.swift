import AblateModel
import AblateRuntime

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

  /// Rows of a full block for each thread.
  var rowsAtOnce: Int { rows.executors.reduce(0) { $0 + $1.capacity } }

  /// Runs all items over some rows and adds the counts to `total`, or, if `progress` returned false, adds nothing and returns false.
  func run(
    _ x: UnsafePointer<Float>, targets: Targets, rows count: Int, firstRow: Int,
    progress: Progress?, into total: Tally
  ) -> Bool {
    let counter = ProgressCounter(total: UInt64(count) &* UInt64(itemCount), progress)
    rows.forEachBlock(rows: count) { worker, block in
      if counter.isStopped { return }
      workers[worker].run(
        x + block.lowerBound * inputWidth, targets: targets.from(row: block.lowerBound), rows: block.count,
        firstRow: firstRow + block.lowerBound)
      counter.advance(by: UInt64(block.count) &* UInt64(itemCount), worker: worker)
    }
    let completed = counter.finish()
    for worker in workers { worker.moveCounts(to: completed ? total : nil) }
    return completed
  }
}
