import CPlatform
import Synchronization

/// The threads of a pool and the loop they work on.
///
/// Idle threads spin for a moment, as loops often follow each other closely, then sleep, later in a series of loops. A loop
/// is open until all its indices are taken; threads enter it while it is open, and it ends when the last has left. Threads
/// that wake too late find it closed.
///
/// Each thread has a share of the indices, and helps others when it is done with its own: what it computed in the loop
/// before is in its cache.
final class Crew: @unchecked Sendable {
  /// How many threads besides the caller's were asked for.
  let workers: Int
  /// Of the processors that they may use.
  let affinityHash = cplatform_affinity_hash()
  private let generation = cplatform_fork_generation()
  /// The number of the loop, whether it is open, and how many threads are in it: one word, so that nobody enters a loop that ended.
  private let state = Atomic<UInt64>(0)
  /// The next index of each thread's share, the caller's first, on cache lines of their own.
  private let next: UnsafeMutablePointer<Atomic<Int>>
  private let sleepers = Atomic<Int>(0)
  private let callerSleeps = Atomic<Bool>(false)
  private let isDismissed = Atomic<Bool>(false)
  private let isInSeries = Atomic<Bool>(false)
  private let room: OpaquePointer
  private var threads: [UInt] = []
  // Written between loops, when no thread is in one.
  private var count = 0
  private var body: ((Int, Int) -> Void)?

  /// Starts threads, fewer if the system does not give as many. Fails when memory runs out.
  init?(workers: Int) {
    let workers = max(1, workers)
    guard let lines = cplatform_lines_create(workers + 1) else { return nil }
    guard let room = cplatform_room_create() else {
      cplatform_lines_destroy(lines)
      return nil
    }
    next = lines.bindMemory(to: Atomic<Int>.self, capacity: (workers + 1) * Self.line)
    for share in 0...workers { (next + share * Self.line).initialize(to: Atomic(0)) }
    self.room = room
    self.workers = workers
    for number in 1...self.workers {
      let context = Unmanaged.passRetained(Worker(crew: self, number: number))
      var thread: UInt = 0
      let error = cplatform_thread_start(
        { context in
          guard let context else { return nil }
          let worker = Unmanaged<Worker>.fromOpaque(context).takeRetainedValue()
          worker.crew.work(number: worker.number)
          return nil
        }, context.toOpaque(), &thread)
      if error != 0 {
        context.release()
        break
      }
      threads.append(thread)
    }
  }

  deinit {
    cplatform_room_destroy(room)
    cplatform_lines_destroy(next)
  }

  /// Atomics of a cache line.
  private static var line: Int { 64 / MemoryLayout<Atomic<Int>>.stride }

  /// Whether the threads exist: not in the child of a fork.
  var isOfThisProcess: Bool { generation == cplatform_fork_generation() }

  /// Whether there are as many threads as were asked for.
  var isComplete: Bool { threads.count == workers }

  /// Ends the threads.
  func dismiss() {
    if !isOfThisProcess { return }
    cplatform_room_lock(room)
    isDismissed.store(true, ordering: .sequentiallyConsistent)
    cplatform_room_wake_helpers(room)
    cplatform_room_unlock(room)
    for thread in threads { cplatform_thread_join(thread) }
    threads = []
  }

  func run(_ count: Int, _ body: @escaping (Int, Int) -> Void) {
    self.count = count
    self.body = body
    for share in 0...workers { next[share * Self.line].store(start(ofShare: share), ordering: .relaxed) }
    let number = state.load(ordering: .relaxed) / State.loop &+ 1
    state.store(number &* State.loop | State.open, ordering: .sequentiallyConsistent)
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 { wakeHelpers() }
    takeIndices(worker: 0, body)
    // If the body forked, there is nobody to wait for in the child.
    if isOfThisProcess {
      state.bitwiseAnd(~State.open, ordering: .sequentiallyConsistent)
      waitForTheOthers()
    }
    self.body = nil
  }

  /// Says whether loops follow in close succession.
  func setSeries(_ isInSeries: Bool) { self.isInSeries.store(isInSeries, ordering: .relaxed) }

  private func start(ofShare share: Int) -> Int { count * share / (workers + 1) }

  private func takeIndices(worker: Int, _ body: (Int, Int) -> Void) {
    for step in 0...workers {
      let share = worker + step <= workers ? worker + step : worker + step - workers - 1
      let end = start(ofShare: share + 1)
      // Many threads may look whether there is something left: only a read does not take the line from the others.
      while next[share * Self.line].load(ordering: .relaxed) < end {
        let index = next[share * Self.line].wrappingAdd(1, ordering: .relaxed).oldValue
        if index < end { body(index, worker) }
      }
    }
  }

  private var isEmpty: Bool { state.load(ordering: .sequentiallyConsistent) & State.inside == 0 }

  private func waitForTheOthers() {
    if spin(whileExpected: { true }, until: { isEmpty }) { return }
    cplatform_room_lock(room)
    callerSleeps.store(true, ordering: .sequentiallyConsistent)
    while !isEmpty { cplatform_room_wait_as_caller(room) }
    callerSleeps.store(false, ordering: .relaxed)
    cplatform_room_unlock(room)
  }

  // MARK: In the threads

  private func work(number: Int) {
    var done: UInt64 = 0
    sleep(after: done)
    while let loop = enterLoop(after: done) {
      if let body { takeIndices(worker: number, body) }
      done = loop
      let left = state.wrappingSubtract(1, ordering: .sequentiallyConsistent).newValue
      if left & State.inside == 0, callerSleeps.load(ordering: .sequentiallyConsistent) { wakeCaller() }
    }
  }

  /// Waits for a loop later than `done` and enters it; nil when the crew is dismissed.
  private func enterLoop(after done: UInt64) -> UInt64? {
    while true {
      _ = spin(whileExpected: { isInSeries.load(ordering: .relaxed) }, until: { isNews(after: done) })
      if isDismissed.load(ordering: .sequentiallyConsistent) { return nil }
      let seen = state.load(ordering: .relaxed)
      if seen & State.open != 0, seen / State.loop != done {
        if state.compareExchange(expected: seen, desired: seen &+ 1, ordering: .sequentiallyConsistent).exchanged {
          return seen / State.loop
        }
      } else {
        sleep(after: done)
      }
    }
  }

  private func isNews(after done: UInt64) -> Bool {
    let seen = state.load(ordering: .sequentiallyConsistent)
    return seen & State.open != 0 && seen / State.loop != done || isDismissed.load(ordering: .sequentiallyConsistent)
  }

  /// Sleeps until woken, once: a thread that was woken too late for its loop spins again, as the next one often follows, where a second
  /// sleep would miss that, too.
  private func sleep(after done: UInt64) {
    cplatform_room_lock(room)
    sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
    if !isNews(after: done) { cplatform_room_wait_as_helper(room) }
    sleepers.wrappingSubtract(1, ordering: .relaxed)
    cplatform_room_unlock(room)
  }

  private func wakeHelpers() {
    cplatform_room_lock(room)
    cplatform_room_wake_helpers(room)
    cplatform_room_unlock(room)
  }

  private func wakeCaller() {
    cplatform_room_lock(room)
    cplatform_room_wake_caller(room)
    cplatform_room_unlock(room)
  }

  /// Spins until the condition holds; false when it is time to sleep: `idle` after it was last expected, `expecting` in any
  /// case.
  private func spin(whileExpected isExpected: () -> Bool, until condition: () -> Bool) -> Bool {
    if condition() { return true }
    let start = cplatform_nanoseconds()
    var lastExpected = start
    while true {
      for _ in 0..<32 {
        cplatform_pause()
        if condition() { return true }
      }
      let now = cplatform_nanoseconds()
      if isExpected() { lastExpected = now }
      if now - lastExpected >= Patience.idle || now - start >= Patience.expecting { return false }
      if now - start >= Patience.beforeYielding { cplatform_yield() }
    }
  }

  /// How long threads spin, in nanoseconds.
  private enum Patience {
    /// From here on it yields between checks: the thread waited for may need this processor.
    static let beforeYielding: UInt64 = 30_000
    static let idle: UInt64 = 200_000
    /// A virtual processor that halts is at times not run again for many milliseconds: where other guests took 28 % of the
    /// time, callers that slept after 200 microseconds needed a quarter more for ResNet-18 on two threads.
    static let expecting: UInt64 = 20_000_000
  }

  private enum State {
    static let inside: UInt64 = 0xffff
    static let open: UInt64 = 0x1_0000
    static let loop: UInt64 = 0x2_0000
  }

  private final class Worker {
    let crew: Crew
    let number: Int

    init(crew: Crew, number: Int) {
      self.crew = crew
      self.number = number
    }
  }
}
