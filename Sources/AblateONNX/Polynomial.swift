/// c0 + c1 x + c2 x^2 + c3 x^3
struct Polynomial: Equatable {
  var c0: Double
  var c1: Double
  var c2: Double
  var c3: Double

  init(_ c0: Double, _ c1: Double = 0, _ c2: Double = 0, _ c3: Double = 0) {
    (self.c0, self.c1, self.c2, self.c3) = (c0, c1, c2, c3)
  }

  static let zero = Polynomial(0)
  static let one = Polynomial(1)
  static let x = Polynomial(0, 1)

  var degree: Int { c3 != 0 ? 3 : c2 != 0 ? 2 : c1 != 0 ? 1 : 0 }

  static func + (a: Polynomial, b: Polynomial) -> Polynomial {
    Polynomial(a.c0 + b.c0, a.c1 + b.c1, a.c2 + b.c2, a.c3 + b.c3)
  }

  static func * (a: Polynomial, factor: Double) -> Polynomial {
    Polynomial(a.c0 * factor, a.c1 * factor, a.c2 * factor, a.c3 * factor)
  }

  /// The product; nil beyond degree 3.
  static func product(_ a: Polynomial, _ b: Polynomial) -> Polynomial? {
    guard a.degree + b.degree <= 3 else { return nil }
    return Polynomial(
      a.c0 * b.c0, a.c0 * b.c1 + a.c1 * b.c0, a.c0 * b.c2 + a.c1 * b.c1 + a.c2 * b.c0,
      a.c0 * b.c3 + a.c1 * b.c2 + a.c2 * b.c1 + a.c3 * b.c0)
  }

  /// Whether each coefficient is that of `other` but for the rounding of the constants a file gives them in.
  func isClose(to other: Polynomial) -> Bool {
    Self.close(c0, other.c0) && Self.close(c1, other.c1) && Self.close(c2, other.c2) && Self.close(c3, other.c3)
  }

  private static func close(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 2e-6 * max(abs(a), abs(b)) }
}
