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
