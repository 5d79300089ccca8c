import AblateRuntime

/// The counts of all items. Sweeps can have hundreds of thousands, most of which nothing is ever counted of: so their memory is not even
/// zeroed, and numbers have 32 bits as long as no more rows than these can count are counted.
final class ItemTallies {
  let count: Int
  /// A bit per item that something was counted of. The others' counts are whatever was there.
  private let counted: Buffer<UInt64>
  private var narrow: Buffer<NarrowTally>?
  /// What takes their place.
  private var wide: Buffer<ItemTally>?

  private struct NarrowTally: BitwiseCopyable {
    var lost: Int32
    var gained: Int32
    var changed: Int32
  }

  init(count: Int) throws(AblateError) {
    self.count = count
    counted = try Buffer(count: count / 64 + 1)
    narrow = try Buffer(count: count, isZeroed: false)
  }

  /// Makes room for the counts of so many rows in all.
  func reserve(rows: Int64) throws(AblateError) {
    // A forged file can have rows below 0.
    if 0...Int64(Int32.max) ~= rows || wide != nil { return }
    let tallies = try Buffer<ItemTally>(count: count, isZeroed: false)
    forEachCounted { (tallies.pointer + $0).initialize(to: self[$0]) }
    wide = tallies
    narrow = nil
  }

  /// No count is above the number of rows that there is room for.
  subscript(index: Int) -> ItemTally {
    @inline(__always) get {
      if counted.pointer[index >> 6] & bit(index) == 0 { return ItemTally() }
      guard let narrow else { return wide?.pointer[index] ?? ItemTally() }
      let counts = narrow.pointer[index]
      var tally = ItemTally()
      tally.lost = Int64(counts.lost)
      tally.gained = Int64(counts.gained)
      tally.changed = Int64(counts.changed)
      return tally
    }
    @inline(__always) set {
      counted.pointer[index >> 6] |= bit(index)
      if let narrow {
        (narrow.pointer + index).initialize(
          to: NarrowTally(
            lost: Int32(truncatingIfNeeded: newValue.lost), gained: Int32(truncatingIfNeeded: newValue.gained),
            changed: Int32(truncatingIfNeeded: newValue.changed)))
      } else if let wide {
        (wide.pointer + index).initialize(to: newValue)
      }
    }
  }

  @inline(__always)
  private func bit(_ index: Int) -> UInt64 { 1 << UInt64(truncatingIfNeeded: index & 63) }

  /// Goes through the items that something was counted of, in their order.
  @inline(__always)
  func forEachCounted(_ body: (_ index: Int) -> Void) {
    for place in 0..<counted.count {
      var left = counted.pointer[place]
      while left != 0 {
        body(place << 6 + left.trailingZeroBitCount)
        left &= left &- 1
      }
    }
  }

  func removeAll() { counted.pointer.update(repeating: 0, count: counted.count) }
}
