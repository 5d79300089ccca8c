import AblateRuntime

/// What single units of a layer change in rows where the other unit of a pair already holds its replacement: there the pair does what the
/// unit does. These are most of a pair sweep's counts.
///
/// They are kept as what a unit changes in all rows less what it changes where a partner changes, too: of an activation that is often its
/// replacement, as 0 is behind a ReLU, those partners are few. A unit's partners lie side by side here, as its pairs do not.
final class PartnerCounts {
  private let pairs: UnitPairs
  /// [units]: in all rows.
  private let all: Buffer<ItemTally>
  /// [units, units]: a row per unit that changes a prediction, a column per partner that changes in the same row.
  private let besides: Buffer<ItemTally>
  /// The partners that change in one row of a block.
  private let changing: Buffer<Int32>
  private var changingCount = 0
  private var listed: (run: Int, row: Int)?

  init(_ pairs: UnitPairs) throws(AblateError) {
    self.pairs = pairs
    all = try Buffer(count: pairs.units)
    besides = try Buffer(rows: pairs.units, columns: pairs.units)
    changing = try Buffer(count: pairs.units + 1)
  }

  /// Counts what a unit does to a row of a block for all pairs with units that hold their replacements there.
  @_optimize(speed)
  func count(
    _ change: ItemTally, unit: Int, row: Int, of block: IntactBlock, where holdsReplacement: (_ partner: Int) -> Bool
  ) {
    if listed?.run != block.runs || listed?.row != row {
      listed = (block.runs, row)
      changingCount = 0
      for partner in 0..<pairs.units {
        // Without a branch, which nothing could predict.
        changing.pointer[changingCount] = Int32(truncatingIfNeeded: partner)
        changingCount += holdsReplacement(partner) ? 0 : 1
      }
    }
    all.pointer[unit].add(change)
    let own = besides.pointer + unit * pairs.units
    for place in 0..<changingCount { own[Int(changing.pointer[place])].add(change) }
  }

  /// Adds the counts to those of the pairs, and starts anew.
  @_optimize(speed)
  func move(to tally: Tally) {
    for unit in 0..<pairs.units where all.pointer[unit].changed != 0 {
      let own = besides.pointer + unit * pairs.units
      for partner in 0..<pairs.units where partner != unit {
        let counts = all.pointer[unit].without(own[partner])
        if counts.changed != 0 { tally.add(counts, to: pairs.index(of: unit, partner)) }
      }
    }
    removeAll()
  }

  func removeAll() {
    for unit in 0..<pairs.units where all.pointer[unit].changed != 0 {
      (besides.pointer + unit * pairs.units).update(repeating: ItemTally(), count: pairs.units)
      all.pointer[unit] = ItemTally()
    }
    listed = nil
  }
}
