import AblateModel
import AblateRuntime
import AblateSweep

/// What a sample of Shapley values is made of.
public struct ShapleySummary: Equatable, Sendable {
  public let permutations: Int
  /// The marginals that were counted, and how many of them truncation took for 0.
  public let marginals: Int
  public let truncated: Int
  /// What the model comes to on all rows, and with all players ablated: without truncation and drawn rows the Shapley values add up to
  /// the difference.
  public let intact: Double
  public let ablated: Double
}

extension ShapleyValues {
  /// How many permutations are counted.
  public var permutationCount: Int { counted.count }

  public var summary: ShapleySummary {
    ShapleySummary(
      permutations: counted.count, marginals: counted.count &* players.count, truncated: truncated,
      intact: mean(rows.intactSum), ablated: mean(rows.ablatedSum))
  }

  private func mean(_ sum: ExactSum) -> Double { options.measure.sign * sum.value / Double(rows.count) }

  /// What is known of a player, 0 ..< players.count.
  public func value(_ player: Int) throws(AblateError) -> ShapleyValue {
    guard player >= 0, player < players.count else {
      throw AblateError(
        .invalidArgument, "index \(UInt(bitPattern: player)) is out of range: there are \(players.count) units")
    }
    let estimate = estimate(player)
    return ShapleyValue(
      layer: players[player].layer, unit: players[player].unit, value: estimate.value, variance: estimate.variance,
      lower: estimate.lower,
      upper: estimate.upper)
  }

  struct Estimate {
    let value: Double
    let variance: Double
    let lower: Double
    let upper: Double
  }

  /// The interval is the empirical Bernstein bound (Maurer and Pontil 2009, arXiv 0907.3740, theorem 4) with half of delta on each side.
  func estimate(_ player: Int) -> Estimate {
    let count = Double(counted.count)
    let perRow = Double(walks.rowsPerWalk)
    let limit = largestMarginal(player)
    guard counted.count > 0 else { return Estimate(value: .nan, variance: .nan, lower: -limit, upper: limit) }
    let sum = sums.pointer[player].value
    let value = options.measure.sign * sum / (count * perRow)
    guard counted.count > 1 else { return Estimate(value: value, variance: .nan, lower: -limit, upper: limit) }
    let spread = (squares.pointer[player].value - sum * sum / count) / (count - 1) / (perRow * perRow)
    let variance = spread < 0 ? 0 : spread
    let logarithm = logarithm(4 / options.delta)
    let half = (2 * variance * logarithm / count).squareRoot() + 7 * 2 * limit * logarithm / (3 * (count - 1))
    // No marginal, and so no mean of them, is beyond the limit.
    let lower = value - half
    let upper = value + half
    return Estimate(
      value: value, variance: variance, lower: lower < -limit ? -limit : lower, upper: upper > limit ? limit : upper)
  }

  /// The most that a marginal of a player can come to: that all rows of a walk change that can.
  private func largestMarginal(_ player: Int) -> Double {
    let perRow = options.largestChange ?? (options.measure == .logLoss ? .infinity : 1)
    let active = min(rows.active[player], walks.rowsPerWalk)
    return active == 0 ? 0 : perRow * (Double(active) / Double(walks.rowsPerWalk))
  }

  /// The players with the largest values, largest first, the first of the list among equals, NaN last; and whether they are the ones: that
  /// no interval of the others reaches above the lowest end of theirs. Of none or of all players there is nothing to tell: false.
  public func top(_ count: Int) throws(AblateError) -> (players: [Int], isSettled: Bool) {
    let estimates = players.indices.map { estimate($0) }
    let values = estimates.map { $0.value }
    let order = try SortedIndices(of: values, count: values.count, highFirst: true)
    let top = (0..<min(max(0, count), order.count)).map { order[$0] }
    var lowest = Double.infinity
    var highest = -Double.infinity
    for rank in 0..<order.count {
      let estimate = estimates[order[rank]]
      if estimate.value.isNaN { return (top, false) }
      if rank < top.count { lowest = min(lowest, estimate.lower) } else { highest = max(highest, estimate.upper) }
    }
    return (top, !top.isEmpty && top.count < order.count && lowest >= highest)
  }
}
