import AblateModel
import AblateRuntime
import AblateStudy
import AblateSweep
import AblateTestSupport
import Testing

/// Smaller models by hand, and against masked runs on every instruction set.
@Suite struct SurgeryTests {
  /// h0 = relu(x0), h1 = relu(x1), h2 = relu(2 x0); s0 = h0 + 2 h1 + 3 h2 + 1, s1 = -h0 + h1 - h2
  private func makeSmall() throws -> Model {
    let hidden = PlainLayer(weights: [1, 0, 0, 1, 2, 0], bias: [0, 0, 0], activation: .relu)
    let scores = PlainLayer(weights: [1, 2, 3, -1, 1, -1], bias: [1, 0], activation: .identity)
    return try makeModel(inputs: 2, layers: [hidden, scores])
  }

  private func weights(_ model: Model, _ layer: Int) -> [Float] {
    withExtendedLifetime(model) { Array(model.layers[layer].weightValues) }
  }

  private func bias(_ model: Model, _ layer: Int) -> [Float] {
    withExtendedLifetime(model) { Array(model.layers[layer].biasValues) }
  }

  private let rows: [Float] = [1, 1, 2, 5, 3, 0]

  private func moments(_ model: Model) throws -> [Moments] {
    try Moments.ofLayers([0], model: model, x: rows, rows: 3, threads: 1)
  }

  @Test func replacementsGoIntoTheBias() throws {
    let model = try makeSmall()
    let surgery = try Surgery(model: model, removing: [UnitPlace(layer: 0, unit: 1)])
    #expect(surgery.layers == [0])
    let reference = try Reference(model: model, x: rows, rows: 3, keepRows: false)
    for (replacement, expected) in [
      (Replacement.zero, [Float(1), 0]), (.constant(0.5), [2, 0.5]), (.mean(reference), [5, 2]),
    ] {
      let smaller = try surgery.smallerModel(holding: replacement)
      #expect(weights(smaller, 0) == [1, 0, 2, 0])
      #expect(weights(smaller, 1) == [1, 3, -1, -1])
      #expect(bias(smaller, 1) == expected)
    }
  }

  /// h2 = 2 h0 on all rows, so h0 stands in for it twofold; h1 correlates less.
  @Test func theBestNeighbourStandsIn() throws {
    let model = try makeSmall()
    let surgery = try Surgery(model: model, removing: [UnitPlace(layer: 0, unit: 2)])
    for method in [Compensation.correlated, .leastSquares] {
      let smaller = try surgery.smallerModel(compensating: method, moments: try moments(model))
      for (found, expected) in zip(weights(smaller, 1), [7, 2, -3, 1] as [Float]) {
        #expect(abs(found - expected) < 1e-5)
      }
      for (found, expected) in zip(bias(smaller, 1), [1, 0] as [Float]) {
        #expect(abs(found - expected) < 1e-5)
      }
    }
  }

  @Test func costsAreCounted() throws {
    let model = try makeSmall()
    #expect(ModelCost(model) == ModelCost(model))
    #expect(ModelCost(model).parameters == 17)
    #expect(ModelCost(model).multiplyAdds == 12)
    #expect(ModelCost(model).bytes == 68)
  }

  @Test(arguments: 0..<12) func zeroesAreThoseOfTheMask(seed: Int) throws {
    for kernels in Kernels.available {
      var random = Randomness(seed: UInt64(seed) &+ 900)
      let widths = [7, 19, 33, 5]
      var layers: [PlainLayer] = []
      for index in 1..<widths.count {
        layers.append(
          PlainLayer(
            weights: random.values(widths[index] * widths[index - 1]), bias: random.values(widths[index]),
            activation: index == 3 ? .identity : Activation(Activation.Kind.allCases[seed])))
      }
      let model = try makeModel(inputs: 7, layers: layers, kernels: kernels)
      var places: [UnitPlace] = []
      let mask = Mask(model: model)
      for layer in 0..<2 {
        for unit in 0..<widths[layer + 1] - 1 where Bool.random(using: &random) {
          places.append(UnitPlace(layer: layer, unit: unit))
          try mask.set(layer: layer, unit: unit, ablated: true)
        }
      }
      let smaller = try Surgery(model: model, removing: places).smallerModel(holding: .zero)
      let x = random.values(100 * 7, -2...2)
      #expect(
        try Session(model: smaller).run(x, rows: 100) == Session(model: model).run(x, rows: 100, mask: mask))
    }
  }

  /// Two steps between the layers, one of them no scaling: what is removed goes through both.
  @Test func stepsInBetween() throws {
    var builder = try ModelBuilder(inputShape: [2])
    try [1, 0, 0, 1, 1, 1].withUnsafeBufferPointer {
      try builder.addDense(name: "a", units: 3, layout: .outIn, weights: $0, bias: nil, activation: .identity)
    }
    try [1, -1, 2].withUnsafeBufferPointer { try builder.addAffine(name: "b", center: nil, scale: $0, shift: $0) }
    try builder.addActivation(name: "c", .relu)
    try [1, 1, 1].withUnsafeBufferPointer {
      try builder.addDense(name: "d", units: 1, layout: .outIn, weights: $0, bias: nil, activation: .identity)
    }
    let model = try builder.build()
    let surgery = try Surgery(model: model, removing: [UnitPlace(layer: 0, unit: 2)])
    // relu(0 * 2 + 2)
    #expect(bias(try surgery.smallerModel(holding: .zero), 1) == [2])
    #expect(bias(try surgery.smallerModel(holding: .constant(-4)), 1) == [0])
    // Behind both steps unit 2 is 2 x0 + 2 x1 + 2 on these rows, unit 0 x0 + 1 and unit 1 0 but in the last, so 2 x0 + 2 is all of it.
    let x: [Float] = [0, 0, 1, 0, 2, 0, 3, 0]
    let moments = try Moments.ofLayers([0], model: model, x: x, rows: 4)
    for method in [Compensation.correlated, .leastSquares] {
      let smaller = try surgery.smallerModel(compensating: method, moments: moments)
      let found = try Session(model: smaller).run(x, rows: 4)
      for (row, value) in found.enumerated() { #expect(abs(value - Float(3 * row + 3)) < 1e-5) }
      #expect(smaller.steps.count == 4)
    }
    let gram = [Double](repeating: 1, count: 9)
    #expect(throws: AblateError.self) { try Moments(model: model, layer: 0, means: [0, 0, 0], gram: gram) }
  }
}
