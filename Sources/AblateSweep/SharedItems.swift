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

  fileprivate var isStopped: Bool { counter.isStopped }

  fileprivate func take() -> Int { next.wrappingAdd(1, ordering: .relaxed).oldValue }

  fileprivate func finish(pairs: Int, worker: Int) { counter.advance(by: UInt64(pairs), worker: worker) }
}

/// One worker's way through all parts, which all workers come to in the same order.
final class ItemTurn {
  private let items: SharedItems
  private let worker: Int
  /// The part it comes to next, and the one that it has taken.
  private var next = 0
  private var own: Int

  init(_ items: SharedItems, worker: Int) {
    self.items = items
    self.worker = worker
    own = items.take()
  }

  /// Runs the next part, if it is the worker's.
  ///
  /// - Parameter pairs: the (row, item) pairs that it is.
  func run(pairs: Int, _ body: () -> Void) {
    defer { next += 1 }
    if next != own || items.isStopped { return }
    body()
    items.finish(pairs: pairs, worker: worker)
    own = items.take()
  }
}
