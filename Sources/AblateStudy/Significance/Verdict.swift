/// What a sweep says of an item, in one word. Raw values are those of `ablate_verdict` in the C header.
public enum Verdict: Int32, Sendable {
  /// None of the others: more rows might tell.
  case undecided = 0
  /// Not significant, and it changes no prediction, or the interval of its effect is within the margin.
  case redundant = 1
  /// Significant, and more rows are lost than gained.
  case useful = 2
  /// Useful, and the loss of accuracy is at least the one given.
  case essential = 3
  /// Significant, and more rows are gained than lost.
  case harmful = 4

  public var name: StaticString {
    switch self {
    case .undecided: "undecided"
    case .redundant: "redundant"
    case .useful: "useful"
    case .essential: "essential"
    case .harmful: "harmful"
    }
  }
}
