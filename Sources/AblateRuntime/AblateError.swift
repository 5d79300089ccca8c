/// What every module of the library throws.
public struct AblateError: Error, Sendable {
  /// Raw values are those of `ablate_status` in the C header.
  public enum Kind: Int32, Sendable {
    case invalidArgument = 1
    case outOfMemory = 2
    case io = 3
    case malformed = 4
    case unsupported = 5
    case cancelled = 6
    case busy = 7
  }

  public let kind: Kind
  /// One sentence: what was wrong, by name, and what was expected.
  public let message: String

  @inline(never)
  public init(_ kind: Kind, _ message: ErrorText) {
    self.kind = kind
    self.message = message.text
  }
}
