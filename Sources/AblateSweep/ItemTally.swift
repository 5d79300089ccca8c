/// How the outcome of one item (a unit of a sweep) differs from the intact run, summed over rows. Integers: shards add up to the same
/// bits in any order.
struct ItemTally: BitwiseCopyable, Equatable {
  var lost: Int64 = 0
  var gained: Int64 = 0
  var changed: Int64 = 0

  init() {}

  /// One row whose prediction is another.
  init(from intact: Int, to ablated: Int, label: Int) {
    lost = intact == label ? 1 : 0
    gained = ablated == label ? 1 : 0
    changed = 1
  }

  /// Rows that became right less those that became wrong.
  var balance: Int64 { gained &- lost }

  mutating func add(_ other: ItemTally) {
    lost &+= other.lost
    gained &+= other.gained
    changed &+= other.changed
  }

  func without(_ other: ItemTally) -> ItemTally {
    var rest = self
    rest.lost &-= other.lost
    rest.gained &-= other.gained
    rest.changed &-= other.changed
    return rest
  }
}
