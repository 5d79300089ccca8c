/// What ablating one item did. Figures that were not asked for, and means over no rows, are nil.
public struct SweepResult: Equatable, Sendable {
  public let item: SweepItem
  public let rows: Int64
  /// Rows predicted as their label while the item is ablated; 0 for regressions.
  public let correct: Int64
  /// Right when intact, wrong when ablated.
  public let lost: Int64
  /// Wrong when intact, right when ablated.
  public let gained: Int64
  /// Rows whose prediction changed.
  public let changed: Int64
  /// Accuracy when ablated minus accuracy when intact; of a regression, the squared error when ablated minus when intact; 0 for no rows.
  public let effect: Double
  /// Of a pair (i, j): effect of both less effect of i less effect of j. nil for other items, and for no rows.
  public let interaction: Double?
  /// Mean of -ln P(label).
  public let logLoss: Double?
  /// Mean of P(label).
  public let labelProbability: Double?
  /// Mean of Σ P(c) ln (P(c) / Q(c)), for the probabilities P of the intact model and Q with the item ablated.
  public let divergence: Double?
  /// Mean of the score of the label less the best other score.
  public let margin: Double?
  /// Of a regression: mean over rows and outputs of (value - target)^2.
  public let squaredError: Double?
  /// Of a regression: mean over rows and outputs of |value when ablated - value when intact|.
  public let absoluteChange: Double?
}

/// How many (row, item) pairs a sweep went through, and how many of them were not settled by a bound.
public struct SweepCost: Equatable, Sendable {
  public let pairs: Int64
  /// Carried on as an update of the next pre-activations.
  public let examined: Int64
  /// Run with the item ablated.
  public let rerun: Int64
}
