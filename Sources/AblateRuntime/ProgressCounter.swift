import Synchronization

/// Told how much of a run is done and how much there is in all; returns whether to go on.
public typealias Progress = (_ done: UInt64, _ total: UInt64) -> Bool

/// How far the threads of a run are. The calling thread reports it, and is told whether to go on; the others then leave what is left.
package final class ProgressCounter {
  private let total: UInt64
  private let report: Progress?
  private let done = Atomic<UInt64>(0)
  private let stopped = Atomic<Bool>(false)

  package init(total: UInt64, _ report: Progress?) {
    self.total = total
    self.report = report
  }

  package var isStopped: Bool { stopped.load(ordering: .relaxed) }

  /// Counts what a worker has done, and reports all but the end on the calling thread, which is worker 0.
  package func advance(by count: UInt64, worker: Int) {
    let sum = done.add(count, ordering: .relaxed).newValue
    if worker == 0, sum < total { tell(sum) }
  }

  /// Reports the end, if it was reached and there was something to do. Call on the calling thread.
  ///
  /// - Returns: whether the run was never stopped.
  package func finish() -> Bool {
    if total > 0, !isStopped { tell(total) }
    return !isStopped
  }

  private func tell(_ done: UInt64) {
    if let report, !report(done, total) { stopped.store(true, ordering: .relaxed) }
  }
}
