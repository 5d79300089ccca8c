/// The text of an error, from a literal. There are hundreds of them, so that what a literal holds is put together by calls: a `String` would
/// put it together in place, with a hundred instructions for each number.
public struct ErrorText: ExpressibleByStringInterpolation {
  public var text: String

  public init(_ text: String) { self.text = text }

  public init(stringLiteral text: String) { self.text = text }

  public init(stringInterpolation parts: Parts) { text = parts.text }

  public static func + (one: ErrorText, other: ErrorText) -> ErrorText { ErrorText(one.text + other.text) }

  public struct Parts: StringInterpolationProtocol {
    fileprivate var text = ""

    public init(literalCapacity: Int, interpolationCount: Int) {}

    @inline(never)
    public mutating func appendLiteral(_ literal: String) { text += literal }

    @inline(never)
    public mutating func appendInterpolation(_ part: String) { text += part }

    public mutating func appendInterpolation(_ part: StaticString) {
      appendInterpolation(part.withUTF8Buffer { String(decoding: $0, as: UTF8.self) })
    }

    @inline(never)
    public mutating func appendInterpolation(_ number: Int64) { text += number.description }

    @inline(never)
    public mutating func appendInterpolation(_ number: UInt64) { text += number.description }

    public mutating func appendInterpolation(_ number: Int) { appendInterpolation(Int64(number)) }
    public mutating func appendInterpolation(_ number: Int32) { appendInterpolation(Int64(number)) }
    public mutating func appendInterpolation(_ number: UInt) { appendInterpolation(UInt64(number)) }
    public mutating func appendInterpolation(_ number: UInt32) { appendInterpolation(Int64(number)) }
    public mutating func appendInterpolation(_ number: UInt8) { appendInterpolation(Int64(number)) }
  }
}
