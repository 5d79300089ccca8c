/// The text of an error, from a literal. There are hundreds of them, so that what a literal holds is put together by calls: a `String` would
/// put it together in place, with a hundred instructions for each number. For the same reason other texts are put together by it, too: see
/// `composed`.
public struct ErrorText: ExpressibleByStringInterpolation {
  public var text: String

  public init(_ text: String) { self.text = text }

  @inline(never)
  public init(stringLiteral text: StaticString) { self.text = text.text }

  @inline(never)
  public init(stringInterpolation parts: Parts) { text = String(decoding: parts.bytes, as: UTF8.self) }

  public static func + (one: ErrorText, other: ErrorText) -> ErrorText { "\(one)\(other)" }

  public struct Parts: StringInterpolationProtocol {
    fileprivate var bytes: [UInt8] = []

    public init(literalCapacity: Int, interpolationCount: Int) {}

    /// There is a literal on either side of what is interpolated: many are empty.
    @inline(__always)
    public mutating func appendLiteral(_ literal: StaticString) {
      if literal.utf8CodeUnitCount > 0 { appendInterpolation(literal) }
    }

    @inline(never)
    public mutating func appendInterpolation(_ part: String) { bytes += part.bytes }

    @inline(never)
    public mutating func appendInterpolation(_ part: StaticString) {
      for index in 0..<part.utf8CodeUnitCount { bytes.append(part.utf8Start[index]) }
    }

    public mutating func appendInterpolation(_ part: ErrorText) { appendInterpolation(part.text) }

    @inline(never)
    public mutating func appendInterpolation(_ number: Int64) {
      if number < 0 { bytes.append(UInt8(ascii: "-")) }
      appendInterpolation(number.magnitude)
    }

    @inline(never)
    public mutating func appendInterpolation(_ number: UInt64) {
      var digits: [UInt8] = []
      var left = number
      repeat {
        digits.append(UInt8(ascii: "0") + UInt8(left % 10))
        left /= 10
      } while left > 0
      bytes += digits.reversed()
    }

    public mutating func appendInterpolation(_ number: Int) { appendInterpolation(Int64(number)) }
    public mutating func appendInterpolation(_ number: Int32) { appendInterpolation(Int64(number)) }
    public mutating func appendInterpolation(_ number: UInt) { appendInterpolation(UInt64(number)) }
    public mutating func appendInterpolation(_ number: UInt32) { appendInterpolation(Int64(number)) }
    public mutating func appendInterpolation(_ number: UInt8) { appendInterpolation(Int64(number)) }
  }
}

extension StaticString {
  @inline(never)
  public var text: String { withUTF8Buffer { String(decoding: $0, as: UTF8.self) } }
}

/// A text put together from a literal and what it holds.
public func composed(_ text: ErrorText) -> String { text.text }
