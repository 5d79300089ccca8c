import AblateModel
import AblateSweep

/// What a set of units is worth: its mean over rows. Raw values are those of `ablate_shapley_measure` in the C header.
public enum ShapleyMeasure: Int32, Sendable {
  /// 1 where the prediction is the label.
  case accuracy = 0
  /// P(label).
  case labelProbability = 1
  /// ln P(label), which is minus the log loss.
  case logLoss = 2
}

/// Which units are players.
public enum ShapleyPlayers {
  /// All units of each layer, in the order of the list; nil for all hidden layers.
  case layers([Int]?)
  case units([UnitPlace])
}

/// How Shapley values are sampled.
public struct ShapleyOptions {
  public var replacement = Replacement.zero
  public var measure = ShapleyMeasure.accuracy
  /// The caller's included, at most 256; 0 for one per processor.
  public var threads = 0
  public var seed: UInt64 = 0
  /// The number of the first permutation, at most 2^32.
  public var firstPermutation = 0
  /// How many rows are drawn for each permutation; nil for all.
  public var sampleRows: Int?
  /// A walk ends once more than `patience` values in a row are this near to that of all units ablated; 0 for never.
  public var tolerance = 0.0
  public var patience = 5
  /// Sampling ends once it is known which these many units of the largest values are; 0 for never.
  public var topCount = 0
  /// An interval may miss its value with this probability.
  public var delta = 0.05
  /// The most that the figure of a row can change by; nil for 1, and for no bound with `logLoss`.
  public var largestChange: Double?

  public init() {}
}

/// What sampling has found of a unit.
public struct ShapleyValue: Equatable, Sendable {
  public let layer: Int
  public let unit: Int
  /// The mean of its marginals; NaN before the first permutation.
  public let value: Double
  /// The variance of a marginal, with n - 1; NaN before the second permutation.
  public let variance: Double
  public let lower: Double
  public let upper: Double
}
