import AblateRuntime
import AblateStudy
import Testing

/// By hand from the definitions: four tests, and one that was none.
@Suite struct PValueAdjustmentTests {
  private let values = [0.25, 0.01, .nan, 0.03, 0.0125]

  private func expect(_ adjustment: PValueAdjustment, _ expected: [Double]) throws {
    var found = values
    try found.withUnsafeMutableBufferPointer {
      try adjustment.adjust($0.baseAddress!, count: $0.count, into: $0.baseAddress!)
    }
    for (found, value) in zip(found, expected) {
      #expect(value.isNaN ? found.isNaN : abs(found - value) < 1e-15)
    }
  }

  @Test func holm() throws { try expect(.holm, [0.25, 0.04, .nan, 0.06, 0.04]) }
  @Test func benjaminiHochberg() throws { try expect(.benjaminiHochberg, [0.25, 0.025, .nan, 0.04, 0.025]) }
  @Test func benjaminiYekutieli() throws {
    let factor = 25.0 / 12
    try expect(.benjaminiYekutieli, [0.25 * factor, 0.025 * factor, .nan, 0.04 * factor, 0.025 * factor])
  }

  @Test(arguments: [-1e-9, 1.0000001, -.infinity])
  func whatIsNoProbabilityIsRefusedAndNothingWritten(_ value: Double) {
    let values = [0.5, value]
    var adjusted = [-1.0, -2]
    #expect(throws: AblateError.self) {
      try adjusted.withUnsafeMutableBufferPointer {
        try PValueAdjustment.holm.adjust(values, count: 2, into: $0.baseAddress!)
      }
    }
    #expect(adjusted == [-1, -2])
  }
}
