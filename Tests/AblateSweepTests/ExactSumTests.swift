import AblateTestSupport
import Testing

@testable import AblateSweep

@Suite struct ExactSumTests {
  private func sum(_ terms: [Float]) -> Double {
    var sum = ExactSum()
    for term in terms { sum.add(term) }
    return sum.value
  }

  @Test func nothingIsLost() {
    // 1 is below half a unit in the last place of 1e30, and what is left is exact.
    #expect(sum([1e30, 1, -1e30]) == 1)
    #expect(sum([.greatestFiniteMagnitude, .leastNonzeroMagnitude, -.greatestFiniteMagnitude]) == 0x1p-149)
    #expect(sum([Float](repeating: .greatestFiniteMagnitude, count: 64)) == Double(Float.greatestFiniteMagnitude) * 64)
    #expect(sum([-0.25, -3, 1e-7]) == Double(Float(1e-7)) - 3.25)
    #expect(sum([]) == 0)
    #expect(sum([1, -1]) == 0)
  }

  /// Small integers times powers of two, whose sum Float80 holds exactly.
  @Test(arguments: 0..<200) func agreesWithWiderArithmetic(seed: Int) {
    var random = Randomness(seed: UInt64(seed))
    let power = Int.random(in: -149...80, using: &random)
    let terms = (0..<50).map { _ in
      Float(sign: .plus, exponent: max(-149, power + Int.random(in: 0...20, using: &random)), significand: 1)
        * Float(Int.random(in: -4095...4095, using: &random))
    }
    let exact = terms.reduce(Float80(0)) { $0 + Float80($1) }
    #expect(sum(terms) == Double(exact))
    #expect(sum(terms.reversed()) == Double(exact))
    var parts = ExactSum()
    for part in [terms[..<20], terms[20...]] {
      var own = ExactSum()
      for term in part { own.add(term) }
      parts.add(own)
    }
    #expect(parts.value == Double(exact))
    for term in terms { parts.subtract(term) }
    #expect(parts.value == 0)
  }

  @Test func takingAwayRestores() {
    var sum = ExactSum()
    sum.add(1.5)
    for odd in [Float.nan, .infinity, -.infinity, 0.3, 3e38] {
      sum.add(odd)
      sum.subtract(odd)
    }
    #expect(sum.value == 1.5)
  }

  @Test func takingAwaySums() {
    var sum = ExactSum()
    for term: Float in [1.5, 3e38, -0x1p-133, .infinity, .nan] { sum.add(term) }
    var other = ExactSum()
    for term: Float in [3e38, .nan, .infinity, 0.25] { other.add(term) }
    sum.subtract(other)
    sum.add(0x1p-133)
    #expect(sum.value == 1.25)
    var none = ExactSum()
    none.subtract(ExactSum())
    #expect(none.value == 0)
  }

  @Test func doublesAreWhole() {
    for value: Double in [0.1, -1 / 3.0, 123_456_789.123_456_78, 0x1.fffffffffffffp127, 0x1p-149, 0, -Double.infinity] {
      var sum = ExactSum()
      sum.add(exactly: value)
      // The largest are beyond float32.
      #expect(sum.value == (value == 0x1.fffffffffffffp127 ? .infinity : value))
      sum.add(exactly: -value)
      #expect(value.isFinite && abs(value) < 1e38 ? sum.value == 0 : sum.value.isNaN)
    }
    var sum = ExactSum()
    sum.add(exactly: .nan)
    #expect(sum.value.isNaN)
  }

  @Test func whatIsNotFiniteShows() {
    var sum = ExactSum()
    sum.add(.infinity)
    #expect(sum.value == .infinity)
    sum.add(-.infinity)
    #expect(sum.value.isNaN)
  }

  @Test func wordsRestore() {
    var sum = ExactSum()
    for term: Float in [-1e30, 0.1, .infinity, .nan] { sum.add(term) }
    var copy = ExactSum()
    copy.words = sum.words
    for term: Float in [.infinity, .nan] { copy.subtract(term) }
    #expect(copy.value == -Double(Float(1e30)) + Double(Float(0.1)))
  }
}
