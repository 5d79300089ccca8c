import AblateModel
import AblateRuntime
import AblateSweep

extension ShapleyValues {
  /// Adds the permutations of another estimate, as if they had been walked here.
  ///
  /// - Throws: `invalidArgument` if a permutation is in both, or if something that marginals depend on differs.
  public func merge(_ other: ShapleyValues) throws(AblateError) {
    guard fingerprint == other.fingerprint else {
      throw AblateError(
        .invalidArgument,
        "the estimates differ in their model, players, replacement, rows, labels, measure, seed, sample of rows or truncation"
      )
    }
    guard !counted.overlaps(other.counted) else {
      throw AblateError(.invalidArgument, "there are permutations that both estimates have counted")
    }
    for player in players.indices {
      sums.pointer[player].add(other.sums.pointer[player])
      squares.pointer[player].add(other.squares.pointer[player])
    }
    for range in other.counted.ranges { counted.insert(range) }
    truncated &+= other.truncated
  }

  private var fingerprint: Fingerprint {
    var fingerprint = Fingerprint()
    fingerprint.add(walks.suffix)
    for index in players.indices {
      fingerprint.add(players[index].layer)
      fingerprint.add(players[index].unit)
      fingerprint.add(game.replacements.pointer[Int(game.numbers[index])])
    }
    fingerprint.add(rows.activations.pointer, count: rows.activations.count)
    for row in 0..<rows.count { fingerprint.add(Int(rows.labels.pointer[row])) }
    fingerprint.add(Int(options.measure.rawValue))
    fingerprint.add(options.seed)
    fingerprint.add(walks.rowsPerWalk)
    fingerprint.add(options.tolerance.bitPattern)
    fingerprint.add(options.patience)
    return fingerprint
  }
}
