import AblateRuntime
import Synchronization
import Testing

@testable import AblateSweep

@Suite struct SharedItemsTests {
  /// What came of parts of `pairs` each that threads shared: how often each ran, and what was told.
  ///
  /// - Parameter othersWait: threads other than the calling one are busy with their first part until the run is stopped.
  private func run(
    parts: Int, pairs: Int, threads: Int, until limit: UInt64 = .max, othersWait: Bool = false
  ) -> (counts: [Int], told: [UInt64], isComplete: Bool) {
    let counts = (0..<parts).map { _ in Counter() }
    var told: [UInt64] = []
    let counter = ProgressCounter(total: UInt64(parts * pairs)) { done, _ in
      told.append(done)
      return done < limit
    }
    let items = SharedItems(counter)
    ThreadPool(threads: threads).run(threads) { _, worker in
      let turn = ItemTurn(items, worker: worker)
      for part in 0..<parts {
        turn.run(pairs: pairs) {
          counts[part].value.add(1, ordering: .relaxed)
          while othersWait, worker > 0, !counter.isStopped {}
        }
      }
    }
    let isComplete = counter.finish()
    return (counts.map { $0.value.load(ordering: .relaxed) }, told, isComplete)
  }

  @Test(arguments: [1, 2, 5]) func eachPartRunsOnce(threads: Int) {
    let outcome = run(parts: 1000, pairs: 3, threads: threads)
    #expect(outcome.counts.allSatisfy { $0 == 1 } && outcome.isComplete)
    #expect(outcome.told.last == 3000 && outcome.told == outcome.told.sorted())
    #expect(Set(outcome.told).count == outcome.told.count)
  }

  @Test func nothingRunsAfterTheCallSaidStop() {
    let outcome = run(parts: 1000, pairs: 3, threads: 1, until: 30)
    #expect(outcome.told.last == 30 && !outcome.isComplete)
    #expect(outcome.counts.reduce(0, +) == 10)
  }

  @Test func threadsStopEachOther() {
    let outcome = run(parts: 100_000, pairs: 1, threads: 4, until: 1, othersWait: true)
    #expect(outcome.told == [1] && !outcome.isComplete)
    // What each other thread had begun.
    #expect((1...4).contains(outcome.counts.reduce(0, +)))
  }
}

private final class Counter: Sendable {
  let value = Atomic<Int>(0)
}
