import AblateRuntime

/// The rows of which an ablation changed whether they are right: what there is to tell an effect from luck.
public struct Flips: Equatable, Sendable {
  /// Right when intact, wrong when ablated.
  public let lost: Int64
  /// Wrong when intact, right when ablated.
  public let gained: Int64
  public let rows: Int64

  /// - Throws: `invalidArgument` for negative counts, for more flips than rows, and for more than 2^53 rows.
  public init(lost: Int64, gained: Int64, rows: Int64) throws(AblateError) {
    guard lost >= 0, gained >= 0, rows >= 0, rows <= 1 << 53 else {
      throw AblateError(
        .invalidArgument, "lost is \(lost), gained \(gained), rows \(rows): each must be at least 0, rows at most 2^53")
    }
    guard lost <= rows, gained <= rows - lost else {
      throw AblateError(.invalidArgument, "lost \(lost) and gained \(gained) are more than the \(rows) rows")
    }
    self.lost = lost
    self.gained = gained
    self.rows = rows
  }

  public var count: Int64 { lost + gained }

  /// Accuracy when ablated minus accuracy when intact; NaN for no rows.
  public var effect: Double { Double(gained - lost) / Double(rows) }

  /// The exact test of McNemar 1947: the probability of flips at least as uneven, were each as likely to be lost as gained. 1 for no flips.
  public var pValue: Double {
    lost == gained ? 1 : min(1, 2 * coins.lowerTail(Double(min(lost, gained))))
  }

  /// The same with the observed flips counted half: Fagerland, Lydersen and Laake 2013, BMC Med Res Methodol 13:91. 1 for no flips.
  public var midPValue: Double {
    if count == 0 { return 1 }
    let observed = coins.mass(Double(lost))
    return lost == gained ? 1 - observed / 2 : pValue - observed
  }

  /// The probability of at least so many lost: small if the ablation hurts.
  public var pValueOfLoss: Double { pValue(ofAtLeast: lost) }

  /// The probability of at least so many gained: small if the ablation helps.
  public var pValueOfGain: Double { pValue(ofAtLeast: gained) }

  private func pValue(ofAtLeast flips: Int64) -> Double {
    let others = count - flips
    if flips == 0 { return 1 }
    return flips >= others ? coins.lowerTail(Double(others)) : 1 - coins.lowerTail(Double(flips - 1))
  }

  /// What the p-value would be if all flips were of one kind: no arrangement of them gives a smaller one.
  public var smallestPValue: Double { count == 0 ? 1 : 2 * coins.mass(0) }

  private var coins: FairBinomial { FairBinomial(tosses: count) }

  /// Of the effect: (flips - (lost - gained)^2 / rows) / rows^2. NaN for no rows.
  public var variance: Double {
    let rows = Double(rows)
    let difference = Double(lost - gained)
    return max(0, Double(count) - difference * difference / rows) / (rows * rows)
  }
}
