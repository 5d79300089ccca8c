import AblateRuntime
import AblateStudy
import Testing

@Suite struct FlipsTests {
  private func near(_ found: Double, _ expected: Double, _ tolerance: Double = 1e-13) -> Bool {
    abs(found - expected) <= tolerance * abs(expected)
  }

  /// Binomial coefficients of 5 and 6 by hand.
  @Test func fewFlips() throws {
    let five = try Flips(lost: 1, gained: 4, rows: 7_000)
    #expect(near(five.pValue, 0.375))
    #expect(near(five.midPValue, 0.375 - 5.0 / 32))
    #expect(near(five.pValueOfGain, 6.0 / 32))
    #expect(near(five.pValueOfLoss, 31.0 / 32))
    #expect(near(five.smallestPValue, 0.0625))
    let even = try Flips(lost: 3, gained: 3, rows: 10)
    #expect(even.pValue == 1)
    #expect(near(even.midPValue, 1 - 20.0 / 128))
    #expect(near(even.pValueOfLoss, 42.0 / 64))
    #expect(near(even.pValueOfGain, 42.0 / 64))
    let none = try Flips(lost: 0, gained: 0, rows: 10)
    #expect(
      [none.pValue, none.midPValue, none.pValueOfLoss, none.pValueOfGain, none.smallestPValue] == [1, 1, 1, 1, 1])
    #expect(none.variance == 0 && none.effect == 0)
  }

  /// Sums of binomial coefficients as Python's fractions.
  @Test(arguments: [
    (40, 60, 0.05688793364098088), (900, 1_100, 8.457089535503927e-06), (0, 1_000, 1.8665272370064378e-301),
    (0, 5_000, 0.0),
  ])
  func manyFlips(_ lost: Int64, _ gained: Int64, _ expected: Double) throws {
    #expect(near(try Flips(lost: lost, gained: gained, rows: 10_000).pValue, expected, 1e-12))
  }

  /// With so many flips the normal distribution holds: two-sided p of 1 and 3 standard deviations.
  @Test(arguments: [(1.0, 0.31731050786291415), (3.0, 0.0026997960632601866)])
  func hugeNumbersOfFlips(_ deviations: Double, _ expected: Double) throws {
    let half: Int64 = 1 << 52
    // A standard deviation of 2^53 tosses is 2^25.5; half a toss for continuity.
    let distance = Int64(deviations * 47_453_132.81)
    let flips = try Flips(lost: half - distance, gained: half + distance, rows: 1 << 53)
    #expect(near(flips.pValue, expected, 1e-6))
    #expect(near(try Flips(lost: 0, gained: 1 << 53, rows: 1 << 53).pValue, 0))
  }

  @Test(
    arguments: [
      (-1, 0, 5), (0, -1, 5), (0, 0, -1), (3, 3, 5), (Int64.max, Int64.max, Int64.max), (0, 0, 1 << 53 + 1),
    ] as [(Int64, Int64, Int64)])
  func impossibleCountsAreRefused(_ lost: Int64, _ gained: Int64, _ rows: Int64) {
    #expect(throws: AblateError.self) { try Flips(lost: lost, gained: gained, rows: rows) }
  }

  /// Without flips the score statistic is rows * d / (1 - d): the limit is z² / (rows + z²).
  @Test func intervalWithoutFlips() throws {
    let square = 1.959963984540054 * 1.959963984540054
    let found = try Flips(lost: 0, gained: 0, rows: 7_000).interval(confidence: 0.95)
    #expect(near(found.upper, square / (7_000 + square), 1e-12))
    #expect(near(found.lower, -square / (7_000 + square), 1e-12))
    let none = try Flips(lost: 0, gained: 0, rows: 0)
    #expect(try none.interval(confidence: 0.95).lower.isNaN && none.variance.isNaN && none.effect.isNaN)
  }
}
