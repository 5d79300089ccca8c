import AblateStudy
import Testing

/// By hand from the definitions: four tests, and one that was none.
@Suite struct PValueAdjustmentTests {
  private let values = [0.25, 0.01, .nan, 0.03, 0.0125]

  private func expect(_ adjustment: PValueAdjustment, _ expected: [Double]) {
    for (found, value) in zip(adjustment.adjust(values), expected) {
      #expect(value.isNaN ? found.isNaN : abs(found - value) < 1e-15)
    }
  }

  @Test func holm() { expect(.holm, [0.25, 0.04, .nan, 0.06, 0.04]) }
  @Test func benjaminiHochberg() { expect(.benjaminiHochberg, [0.25, 0.025, .nan, 0.04, 0.025]) }
  @Test func benjaminiYekutieli() {
    let factor = 25.0 / 12
    expect(.benjaminiYekutieli, [0.25 * factor, 0.025 * factor, .nan, 0.04 * factor, 0.025 * factor])
  }
  @Test func nothing() { #expect(PValueAdjustment.holm.adjust([]).isEmpty) }
}
