import Glibc
import Synchronization
import Testing

@testable import AblateRuntime

/// How often each index and each worker came up in a loop, and whether a worker ran two calls at once.
private final class Record: Sendable {
  let indices: [Counter]
  let busy: [Counter]
  let overlaps = Counter()

  init(count: Int, threads: Int) {
    indices = (0..<count).map { _ in Counter() }
    busy = (0..<threads).map { _ in Counter() }
  }

  func call(_ index: Int, _ worker: Int) {
    if busy[worker].add(1) != 0 { overlaps.add(1) }
    indices[index].add(1)
    busy[worker].add(-1)
  }
}

private final class Counter: Sendable {
  let value = Atomic<Int>(0)
  @discardableResult func add(_ amount: Int) -> Int {
    value.wrappingAdd(amount, ordering: .sequentiallyConsistent).oldValue
  }
  var total: Int { value.load(ordering: .sequentiallyConsistent) }
}

@Suite(.serialized) struct ThreadPoolTests {
  @Test(arguments: [1, 2, 3, 8]) func eachIndexOnceAndNoWorkerTwiceAtATime(threads: Int) {
    let pool = ThreadPool(threads: threads)
    #expect(pool.threads == threads)
    for count in [0, 1, 2, 3, 7, 100, 5000] + Array(repeating: 4, count: 2000) {
      let record = Record(count: count, threads: threads)
      pool.run(count) { record.call($0, $1) }
      #expect(record.indices.allSatisfy { $0.total == 1 } && record.overlaps.total == 0)
    }
  }

  @Test func fewerThanOneThreadIsOne() {
    #expect(ThreadPool(threads: 0).threads == 1)
    #expect(ThreadPool(threads: -3).threads == 1)
  }

  @Test func aNegativeCountIsNoWork() {
    let calls = Counter()
    ThreadPool(threads: 2).run(-1) { _, _ in calls.add(1) }
    #expect(calls.total == 0)
  }

  /// Runs a loop of two calls that wait for each other, so neither ends unless a second thread has come.
  private func meet(in pool: ThreadPool) -> Bool {
    let arrived = Counter()
    pool.run(2) { _, _ in
      arrived.add(1)
      while arrived.total < 2 { sched_yield() }
    }
    return arrived.total == 2
  }

  @Test func eachThreadHasAShareAndHelpsWithTheOthers() {
    let pool = ThreadPool(threads: 2)
    for count in [2, 3, 4, 100] {
      let record = Record(count: count, threads: 2)
      let first = Atomic(-1)
      let done = Counter()
      pool.run(count) { index, worker in
        record.call(index, worker)
        // The second thread is held up at its first index until all others are done.
        if worker == 1 {
          if first.load(ordering: .relaxed) < 0 { first.store(index, ordering: .relaxed) }
          while done.total < count - 1 { sched_yield() }
        } else {
          while first.load(ordering: .relaxed) < 0 { sched_yield() }
        }
        done.add(1)
      }
      #expect(first.load(ordering: .relaxed) == count / 2)
      #expect(record.indices.allSatisfy { $0.total == 1 })
    }
  }

  @Test func threadsThatSleepWakeUp() {
    let pool = ThreadPool(threads: 2)
    for _ in 0..<5 {
      #expect(meet(in: pool))
      usleep(5000)
    }
  }

  /// Threads spin through the shorter pauses and sleep in the longer ones.
  @Test func loopsOfASeriesFollowEachOtherAfterAnyPause() {
    let pool = ThreadPool(threads: 2)
    pool.runSeries { #expect(meet(in: pool)) }
    for pause: UInt32 in [0, 100, 5000, 40_000] {
      pool.runSeries {
        for _ in 0..<3 {
          #expect(meet(in: pool))
          usleep(pause)
        }
      }
      #expect(meet(in: pool))
    }
  }

  @Test func aSeriesGoesOnInTheChildOfAFork() throws {
    let fork = try #require(forkProcess)
    let pool = ThreadPool(threads: 2)
    #expect(meet(in: pool))
    var status: Int32 = -1
    pool.runSeries {
      let child = fork()
      if child == 0 {
        alarm(200)
        _exit(meet(in: pool) ? 0 : 1)
      }
      waitpid(child, &status, 0)
      #expect(meet(in: pool))
    }
    #expect(status == 0)
  }

  @Test func theCallerSleepsUntilTheLastWorkerIsDone() {
    let pool = ThreadPool(threads: 2)
    for _ in 0..<5 {
      let arrived = Counter()
      let slow = Counter()
      pool.run(2) { _, worker in
        arrived.add(1)
        while arrived.total < 2 { sched_yield() }
        if worker != 0 { usleep(30_000) }
        slow.add(1)
      }
      #expect(slow.total == 2)
    }
  }

  @Test func anotherPoolInsideALoop() {
    let outer = ThreadPool(threads: 2)
    let total = Counter()
    outer.run(6) { _, _ in ThreadPool(threads: 3).run(10) { _, _ in total.add(1) } }
    #expect(total.total == 60)
  }

  @Test func loopsFromDifferentThreads() {
    let pool = ThreadPool(threads: 3)
    let total = Counter()
    for _ in 0..<20 {
      ThreadPool(threads: 2).run(2) { index, _ in if index == 1 { pool.run(50) { _, _ in total.add(1) } } }
    }
    #expect(total.total == 1000)
  }

  @Test func poolsThatComeAndGo() {
    for _ in 0..<200 {
      let total = Counter()
      ThreadPool(threads: 4).run(9) { _, _ in total.add(1) }
      #expect(total.total == 9)
    }
  }

  /// The child's exit code says what went wrong there; one that hangs is ended.
  @Test(arguments: [true, false]) func worksAndEndsOnBothSidesOfAFork(usedBefore: Bool) throws {
    let fork = try #require(forkProcess)
    var pool: ThreadPool? = ThreadPool(threads: 3)
    let before = Counter()
    if usedBefore { pool?.run(100) { _, _ in before.add(1) } }
    let child = fork()
    if child == 0 {
      alarm(200)
      let total = Counter()
      pool?.run(100) { _, _ in total.add(1) }
      pool = nil
      _exit(total.total == 100 ? 0 : 1)
    }
    var status: Int32 = -1
    #expect(waitpid(child, &status, 0) == child)
    #expect(status == 0)
    let total = Counter()
    pool?.run(100) { _, _ in total.add(1) }
    pool = nil
    #expect(total.total == 100)
  }

  @Test func freeingInTheChildWithoutUse() throws {
    let fork = try #require(forkProcess)
    var pool: ThreadPool? = ThreadPool(threads: 2)
    pool?.run(10) { _, _ in }
    let child = fork()
    if child == 0 {
      alarm(200)
      pool = nil
      _exit(0)
    }
    var status: Int32 = -1
    #expect(waitpid(child, &status, 0) == child)
    #expect(status == 0)
    pool = nil
  }
}
