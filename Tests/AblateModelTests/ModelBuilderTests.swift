import AblateRuntime
import AblateTestSupport
import Testing

@testable import AblateModel

@Suite struct ModelBuilderTests {
  private func add(
    _ builder: inout ModelBuilder, name: String = "", units: Int, layout: WeightLayout = .outIn, weights: [Float],
    bias: [Float]? = nil
  ) throws {
    try weights.withUnsafeBufferPointer { weights in
      if let bias {
        try bias.withUnsafeBufferPointer {
          try builder.addDense(
            name: name, units: units, layout: layout, weights: weights, bias: $0, activation: .identity)
        }
      } else {
        try builder.addDense(
          name: name, units: units, layout: layout, weights: weights, bias: nil, activation: .identity)
      }
    }
  }

  @Test func layoutsTransposeIntoEachOther() throws {
    var outIn = try ModelBuilder(inputShape: [3])
    try add(&outIn, units: 2, layout: .outIn, weights: [1, 2, 3, 4, 5, 6])
    var inOut = try ModelBuilder(inputShape: [3])
    try add(&inOut, units: 2, layout: .inOut, weights: [1, 4, 2, 5, 3, 6])
    #expect(Array(try outIn.build().layers[0].weightValues) == [1, 2, 3, 4, 5, 6])
    #expect(Array(try inOut.build().layers[0].weightValues) == [1, 2, 3, 4, 5, 6])
  }

  /// 1e30 times the largest subnormal number would be 1e-8.
  @Test func subnormalWeightsCountAsZero() throws {
    let largest = Float.leastNormalMagnitude.nextDown
    var builder = try ModelBuilder(inputShape: [4])
    try add(
      &builder, units: 1, weights: [largest, -largest, Float.leastNormalMagnitude, -Float.leastNonzeroMagnitude],
      bias: [Float.leastNonzeroMagnitude])
    let model = try builder.build()
    #expect(Array(model.layers[0].weightValues) == [0, 0, Float.leastNormalMagnitude, 0])
    let session = try Session(model: model, threads: 1)
    #expect(try session.run([1e30, 2e30, 0, 1e30], rows: 1) == [Float.leastNonzeroMagnitude])
    #expect(try session.run([0, 0, 1e30, 0], rows: 1) == [Float.leastNormalMagnitude * 1e30])
  }

  @Test func stepsThatAreNoLayers() throws {
    var builder = try ModelBuilder(inputShape: [2])
    try [Float(1), 2].withUnsafeBufferPointer { center in
      try [Float(2), 3].withUnsafeBufferPointer { scale in
        try builder.addAffine(name: "scaler", center: center, scale: scale, shift: nil)
      }
    }
    try add(&builder, name: "fc", units: 1, weights: [1, 1])
    let model = try builder.build()
    #expect(model.steps.count == 2 && model.layers.count == 1)
    #expect(model.parameterCount == 2 + 2 + 3)
    // (3 - 1) * 2 + (3 - 2) * 3 = 7
    #expect(try Session(model: model, threads: 1).run([3, 3], rows: 1) == [7])
    #expect(try model.layer(named: "fc") == 0)
    #expect(throws: AblateError.self) { try model.layer(named: "") }
  }

  @Test func refusals() throws {
    #expect(throws: AblateError.self) { try ModelBuilder(inputShape: []) }
    #expect(throws: AblateError.self) { try ModelBuilder(inputShape: [0]) }
    #expect(throws: AblateError.self) { try ModelBuilder(inputShape: [Int.max, 2]) }
    #expect(throws: AblateError.self) { try ModelBuilder(inputShape: [2]).build() }
    var builder = try ModelBuilder(inputShape: [2])
    #expect(throws: AblateError.self) { try add(&builder, units: 1, weights: [1]) }
    #expect(throws: AblateError.self) { try add(&builder, units: 1, weights: [1, .nan]) }
    #expect(throws: AblateError.self) { try add(&builder, units: 1, weights: [1, 1], bias: [.infinity]) }
    #expect(throws: AblateError.self) { try add(&builder, units: 0, weights: []) }
    try add(&builder, name: "a", units: 2, weights: [1, 1, 1, 1])
    #expect(throws: AblateError.self) { try add(&builder, name: "a", units: 1, weights: [1, 1]) }
    builder.setClassLabels(["only one"])
    #expect(throws: AblateError.self) { try builder.build() }
  }
}
