import AblateRuntime
import Testing

@Suite struct ProgressCounterTests {
  /// What is told of steps of workers, whether the run is stopped before its end is reported, and whether it ever was.
  private func run(
    _ steps: [(count: UInt64, worker: Int)], of total: UInt64, until limit: UInt64
  ) -> (told: [UInt64], isStopped: Bool, isComplete: Bool) {
    var told: [UInt64] = []
    let counter = ProgressCounter(total: total) { done, all in
      told.append(done)
      return done < limit && all == total
    }
    for step in steps { counter.advance(by: step.count, worker: step.worker) }
    let isStopped = counter.isStopped
    let isComplete = counter.finish()
    return (told, isStopped, isComplete)
  }

  @Test func tellsOnTheCallingThread() {
    let run = run([(3, 1), (4, 0), (3, 0)], of: 10, until: 11)
    #expect(run.told == [7, 10] && !run.isStopped && run.isComplete)
  }

  @Test func isStopped() {
    let run = run([(2, 0), (2, 0)], of: 10, until: 4)
    #expect(run.told == [2, 4] && run.isStopped && !run.isComplete)
  }

  @Test func isStoppedAtTheEnd() {
    let run = run([(1, 0)], of: 1, until: 1)
    #expect(run.told == [1] && !run.isStopped && !run.isComplete)
  }

  @Test func hasNothingToTell() {
    let run = run([], of: 0, until: 0)
    #expect(run.told.isEmpty && !run.isStopped && run.isComplete)
  }
}
