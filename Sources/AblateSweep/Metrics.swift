/// What a sweep finds of each item on top of the counts.
public struct Metrics: OptionSet, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The confusion matrix of every item.
  public static let confusion = Metrics(rawValue: 1)
  /// The mean of -ln P(label).
  public static let logLoss = Metrics(rawValue: 2)
  /// The mean of P(label).
  public static let labelProbability = Metrics(rawValue: 4)
  /// The mean of the Kullback-Leibler divergence Σ P(c) ln (P(c) / Q(c)) of the intact probabilities P from those with the item ablated.
  public static let divergence = Metrics(rawValue: 8)
  /// The mean of the score of the label less the best other score.
  public static let margin = Metrics(rawValue: 16)
  /// The mean of P(class) over the rows of each label.
  public static let classProbabilities = Metrics(rawValue: 32)
  /// Which rows the prediction of changed: the first ones, up to a limit.
  public static let changedRows = Metrics(rawValue: 64)
  /// The confusion matrix of each class against all others, of every item.
  public static let oneVsRest = Metrics(rawValue: 128)

  /// What follows from predictions alone.
  static let ofPredictions: Metrics = [.confusion, .changedRows, .oneVsRest]

  static let all: Metrics = [
    .confusion, .logLoss, .labelProbability, .divergence, .margin, .classProbabilities, .changedRows, .oneVsRest,
  ]
}
