import AblateModel
import AblateRuntime

/// Spreads the blocks of a feed, or their items, over threads, each with a worker and counts of its own.
final class SweepRunner {
  private let rows: RowRunner
  private let workers: [SweepWorker]
  /// What threads share the items of: one block for each; empty if each goes through all items of its own.
  private let shared: [IntactBlock]
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
    var shared: [IntactBlock] = []
    if plan.kind.sharesItems {
      for executor in rows.executors { shared.append(try IntactBlock(executor: executor, plan: plan)) }
    }
    self.shared = shared
  }

  /// Rows of a full block for each thread.
  var rowsAtOnce: Int { rows.executors.reduce(0) { $0 + $1.capacity } }

  /// Makes room for the counts of so many rows.
  func reserve(rows: Int64) throws(AblateError) {
    for worker in workers { try worker.tally.reserve(rows: rows) }
  }

  /// Runs all items over some rows and adds the counts to `total`, or, if `progress` returned false, adds nothing and returns false.
  func run(
    _ x: UnsafePointer<Float>, targets: Targets, rows count: Int, firstRow: Int,
    progress: Progress?, into total: Tally
  ) -> Bool {
    let counter = ProgressCounter(total: UInt64(count) &* UInt64(itemCount), progress)
    if shared.isEmpty {
      rows.forEachBlock(rows: count) { [self] worker, block in
        if counter.isStopped { return }
        workers[worker].run(
          x + block.lowerBound * inputWidth, targets: targets.from(row: block.lowerBound), rows: block.count,
          firstRow: firstRow + block.lowerBound)
        counter.advance(by: UInt64(block.count) &* UInt64(itemCount), worker: worker)
      }
    } else {
      var row = 0
      while row < count, !counter.isStopped {
        let some = min(rowsAtOnce, count - row)
        runSharingItems(
          x + row * inputWidth, targets: targets.from(row: row), rows: some, firstRow: firstRow + row, counter)
        row += some
      }
    }
    let completed = counter.finish()
    for worker in workers { worker.moveCounts(to: completed ? total : nil) }
    return completed
  }

  /// Runs as many rows at a time as there is room for, of which all threads share the items.
  private func runSharingItems(
    _ x: UnsafePointer<Float>, targets: Targets, rows count: Int, firstRow: Int, _ counter: ProgressCounter
  ) {
    let blocks = rows.forEachShare(rows: count) { [self] index, own in
      shared[index].run(
        x + own.lowerBound * inputWidth, targets: targets.from(row: own.lowerBound), rows: own.count,
        firstRow: firstRow + own.lowerBound)
      workers[index].countIntact(shared[index])
    }
    let items = SharedItems(counter)
    rows.forEach(workers.count) { [self] _, worker in
      let turn = ItemTurn(items, worker: worker)
      for block in shared[..<blocks] { workers[worker].run(sharing: block, turn) }
    }
  }
}
