/// Figures on top of the counts. Raw values are those of `ABLATE_METRIC_*` in the C header.
public struct Metrics: OptionSet, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The confusion matrix of every item.
  public static let confusion = Metrics(rawValue: 1)
  /// The mean of -ln P(label).
  public static let logLoss = Metrics(rawValue: 2)
  /// The mean of P(label).
  public static let labelProbability = Metrics(rawValue: 4)

  static let all: Metrics = [.confusion, .logLoss, .labelProbability]
}
