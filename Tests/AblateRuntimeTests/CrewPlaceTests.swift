import Glibc
import Synchronization
import Testing

@testable import AblateRuntime

private typealias Number = @convention(c) () -> Int32
private typealias Affinity = @convention(c) (Int32, Int, UnsafeMutableRawPointer) -> Int32

// What Glibc has and Swift hides.
private let threadNumber = dlsym(nil, "gettid").map { unsafeBitCast($0, to: Number.self) }
private let getAffinity = dlsym(nil, "sched_getaffinity").map { unsafeBitCast($0, to: Affinity.self) }
private let setAffinity = dlsym(nil, "sched_setaffinity").map { unsafeBitCast($0, to: Affinity.self) }

/// The number of a pool's second thread.
private func helper(of pool: ThreadPool) throws -> Int32 {
  let number = try #require(threadNumber)
  let arrived = Atomic<Int>(0)
  let found = Atomic<Int32>(0)
  pool.run(2) { _, worker in
    if worker == 1 { found.store(number(), ordering: .relaxed) }
    arrived.wrappingAdd(1, ordering: .sequentiallyConsistent)
    while arrived.load(ordering: .sequentiallyConsistent) < 2 { sched_yield() }
  }
  return found.load(ordering: .relaxed)
}

/// Whether a thread of this process goes on; one that has ended is there for a moment yet.
private func isThere(_ thread: Int32) -> Bool {
  for _ in 0..<1000 {
    if access("/proc/self/task/\(thread)", F_OK) != 0 { return false }
    usleep(1000)
  }
  return true
}

@Suite(.serialized) struct CrewPlaceTests {
  @Test func theNextPoolHasTheThreadsOfTheLast() throws {
    let place = CrewPlace()
    let first = try helper(of: ThreadPool(threads: 2, place: place))
    for _ in 0..<20 { #expect(try helper(of: ThreadPool(threads: 2, place: place)) == first) }
  }

  @Test func poolsAtOnceHaveThreadsOfTheirOwn() throws {
    let place = CrewPlace()
    let one = ThreadPool(threads: 2, place: place)
    let other = ThreadPool(threads: 2, place: place)
    #expect(try helper(of: one) != helper(of: other))
  }

  @Test func anotherCountOfThreadsTakesThePlace() throws {
    let place = CrewPlace()
    let first = try helper(of: ThreadPool(threads: 2, place: place))
    ThreadPool(threads: 3, place: place).run(100) { _, _ in }
    #expect(!isThere(first))
    #expect(try helper(of: ThreadPool(threads: 2, place: place)) != first)
  }

  @Test func threadsEndWithThePlace() throws {
    var place: CrewPlace? = CrewPlace()
    var pool: ThreadPool? = ThreadPool(threads: 2, place: try #require(place))
    let thread = try helper(of: try #require(pool))
    pool = nil
    #expect(access("/proc/self/task/\(thread)", F_OK) == 0)
    place = nil
    #expect(!isThere(thread))
    place = CrewPlace()
    pool = ThreadPool(threads: 2, place: try #require(place))
    let another = try helper(of: try #require(pool))
    place = nil
    #expect(try helper(of: try #require(pool)) == another)
    pool = nil
    #expect(!isThere(another))
  }

  @Test func threadsOfOtherProcessorsAreNotTaken() throws {
    let place = CrewPlace()
    let (get, set) = (try #require(getAffinity), try #require(setAffinity))
    var all = Array(repeating: UInt8(0), count: 128)
    try #require(get(0, all.count, &all) == 0)
    let first = try helper(of: ThreadPool(threads: 2, place: place))
    var one = Array(repeating: UInt8(0), count: all.count)
    let byte = try #require(all.firstIndex { $0 != 0 })
    one[byte] = all[byte] & (0 &- all[byte])
    try #require(set(0, one.count, &one) == 0)
    defer { _ = set(0, all.count, &all) }
    let second = try helper(of: ThreadPool(threads: 2, place: place))
    if one != all { #expect(first != second) }
  }

  @Test func theChildOfAForkStartsItsOwn() throws {
    let fork = try #require(forkProcess)
    let place = CrewPlace()
    let first = try helper(of: ThreadPool(threads: 2, place: place))
    let child = fork()
    if child == 0 {
      alarm(200)
      let own = try? helper(of: ThreadPool(threads: 2, place: place))
      let again = try? helper(of: ThreadPool(threads: 2, place: place))
      _exit(own != nil && own != first && again == own ? 0 : 1)
    }
    var status: Int32 = -1
    #expect(waitpid(child, &status, 0) == child)
    #expect(status == 0)
    #expect(try helper(of: ThreadPool(threads: 2, place: place)) == first)
  }
}
