import Testing

@testable import AblateSweep

@Suite struct FixedPointSumTests {
  @Test func orderChangesNothing() {
    let terms: [Float] = [0.1, 3e5, 1e-7, -2.5, 7.25, 1e-3, 5e13, -9_437_185]
    var forwards = FixedPointSum()
    for term in terms { forwards.add(term) }
    var backwards = FixedPointSum()
    for term in terms.reversed() { backwards.add(term) }
    #expect(forwards.value == backwards.value)
    for term in [-Float(5e13), 9_437_185] { forwards.add(term) }
    let exact = terms.prefix(6).reduce(0.0) { $0 + Double($1) }
    // Each of the six terms that are left is rounded to a multiple of 2^-40.
    #expect(abs(forwards.value - exact) <= 6 * 0x1p-41)
  }

  @Test func takingAwayRestores() {
    var sum = FixedPointSum()
    sum.add(1.5)
    for odd in [Float.nan, .infinity, -.infinity, 0.3] {
      sum.add(odd)
      sum.add(odd, count: -1)
    }
    #expect(sum.value == 1.5)
  }

  @Test func whatIsNotFiniteShows() {
    var sum = FixedPointSum()
    sum.add(.infinity)
    #expect(sum.value == .infinity)
    sum.add(-.infinity)
    #expect(sum.value.isNaN)
    var huge = FixedPointSum()
    huge.add(-1e30)
    #expect(huge.value == -.infinity)
  }
}
