import AblateRuntime

/// What single units of a layer change in rows where the other unit of a pair already holds its replacement: there the pair does what the
/// unit does. These are most of a pair sweep's counts, and a unit's partners lie side by side here, as its pairs do not.
final class PartnerCounts {
  private let pairs: UnitPairs
  /// [units, units]: a row per unit that changes a prediction, a column per partner.
  private let counts: Buffer<ItemTally>

  init(_ pairs: UnitPairs) throws(AblateError) {
    self.pairs = pairs
    counts = try Buffer(rows: pairs.units, columns: pairs.units)
  }

  /// Counts what a unit does to a row for all pairs with units that hold their replacements.
  @_optimize(speed)
  func count(_ change: ItemTally, unit: Int, where holdsReplacement: (_ partner: Int) -> Bool) {
    let own = counts.pointer + unit * pairs.units
    for partner in 0..<pairs.units where holdsReplacement(partner) { own[partner].add(change) }
  }

  /// Adds the counts to those of the pairs, and starts anew.
  @_optimize(speed)
  func move(to tally: Tally) {
    for unit in 0..<pairs.units {
      let own = counts.pointer + unit * pairs.units
      for partner in 0..<pairs.units where partner != unit && own[partner].changed != 0 {
        tally.add(own[partner], to: pairs.index(of: unit, partner))
      }
    }
    removeAll()
  }

  func removeAll() { counts.pointer.update(repeating: ItemTally(), count: counts.count) }
}
