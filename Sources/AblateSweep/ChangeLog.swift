import AblateRuntime

/// Predictions that changed, until they are counted. Where there are more items than fit into a cache, each count is a wait for memory
/// that the next one need not share.
final class ChangeLog {
  static let capacity = 1 << 14
  private let entries: Buffer<UInt64>
  private var count = 0

  init() throws(AblateError) { entries = try Buffer(count: Self.capacity) }

  var isFull: Bool { count == Self.capacity }

  /// - Parameter change: of one row.
  func append(_ change: ItemTally, of item: Int) {
    entries.pointer[count] = UInt64(item) << 2 | UInt64(change.gained) << 1 | UInt64(change.lost)
    count += 1
  }

  /// Calls `body` with all that was appended, and forgets it.
  @_optimize(speed)
  func empty(_ body: (_ item: Int, _ change: ItemTally) -> Void) {
    for position in 0..<count {
      let entry = entries.pointer[position]
      var change = ItemTally()
      change.lost = Int64(entry & 1)
      change.gained = Int64(entry >> 1 & 1)
      change.changed = 1
      body(Int(entry >> 2), change)
    }
    count = 0
  }
}
