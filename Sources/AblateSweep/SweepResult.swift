/// What ablating one item did.
public struct SweepResult: Equatable, Sendable {
  public let item: SweepItem
  public let rows: Int64
  /// Rows predicted as their label while the item is ablated.
  public let correct: Int64
  /// Right when intact, wrong when ablated.
  public let lost: Int64
  /// Wrong when intact, right when ablated.
  public let gained: Int64
  /// Rows whose prediction changed.
  public let changed: Int64
  /// Mean of -ln P(label); NaN if not asked for, and for no rows.
  public let logLoss: Double
  /// Mean of P(label); NaN if not asked for, and for no rows.
  public let labelProbability: Double
  /// Of a pair (i, j): effect of both less effect of i less effect of j. nil for other items, and for no rows.
  public let interaction: Double?

  /// Accuracy when ablated minus accuracy when intact; 0 for no rows.
  public var effect: Double { rows == 0 ? 0 : Double(gained - lost) / Double(rows) }
}

/// How many (row, item) pairs a sweep went through, and how many of them were not settled by a bound.
public struct SweepCost: Equatable, Sendable {
  public let pairs: Int64
  /// Carried on as an update of the next pre-activations.
  public let examined: Int64
  /// Run with the item ablated.
  public let rerun: Int64
}
