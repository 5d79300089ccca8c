import AblateRuntime
import Synchronization

/// The parts that the items of some blocks are cut into, which threads take one after the other, until none are left or the feed is
/// cancelled.
///
/// An item in front of the chain that the model ends in can take a second for a block. Shared, all threads have work to the end, however
/// few rows there are, and a cancelled feed returns after one item.
final class SharedItems {
  private let counter: ProgressCounter
  private let next = Atomic<Int>(0)

  init(_ counter: ProgressCounter) { self.counter = counter }

  var isStopped: Bool { counter.isStopped }

  func take() -> Int { next.wrappingAdd(1, ordering: .relaxed).oldValue }

  func finish(pairs: Int, worker: Int) { counter.advance(by: UInt64(pairs), worker: worker) }
}
