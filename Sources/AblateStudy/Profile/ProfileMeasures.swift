/// What a profile finds of each unit beyond its rows, mean, variance, extremes, active rows and weight norms.
public struct ProfileMeasures: OptionSet, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The mean of each class, what follows from it, and the class selectivity index.
  public static let classMeans = ProfileMeasures(rawValue: 1)
  /// The entropy of the quantised activation.
  public static let entropy = ProfileMeasures(rawValue: 2)
  /// The entropy, the mutual information of the quantised activation and the class, and the KL selectivity.
  public static let information = ProfileMeasures(rawValue: 4)
  public static let histogram = ProfileMeasures(rawValue: 8)
  /// The rows with the largest activations.
  public static let topRows = ProfileMeasures(rawValue: 16)
  /// The mean products of the activations of each two units of a layer.
  public static let gram = ProfileMeasures(rawValue: 32)
  /// |Σ h ∂L/∂h| over the positions of a unit, with L the cross-entropy of the label.
  public static let taylor = ProfileMeasures(rawValue: 64)

  static let ofLabels: ProfileMeasures = [.classMeans, .information, .taylor]

  static let ofLevels: ProfileMeasures = [.entropy, .information]

  static let all: ProfileMeasures = [
    .classMeans, .entropy, .information, .histogram, .topRows, .gram, .taylor,
  ]

  var needLabels: Bool { !isDisjoint(with: .ofLabels) }

  var needLevels: Bool { !isDisjoint(with: .ofLevels) }
}

/// One figure of every unit. Raw values are those of `ablate_measure` in the C header.
public enum UnitMeasure: Int32, Sendable, CaseIterable {
  case mean = 0
  case variance = 1
  case minimum = 2
  case maximum = 3
  case fractionActive = 4
  case entropy = 5
  case mutualInformation = 6
  case klSelectivity = 7
  case classSelectivity = 8
  case taylor = 9
  case taylorOfMean = 10
  case incomingL1 = 11
  case incomingL2 = 12
  case outgoingL2 = 13

  /// What a profile must have been asked for to have it.
  var required: ProfileMeasures {
    switch self {
    case .entropy: .entropy
    case .mutualInformation, .klSelectivity: .information
    case .classSelectivity: .classMeans
    case .taylor, .taylorOfMean: .taylor
    default: []
    }
  }
}
