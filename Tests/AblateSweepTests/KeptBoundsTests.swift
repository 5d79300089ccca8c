import AblateModel
import AblateRuntime
import AblateTestSupport
import Testing

@testable import AblateSweep

/// Bounds that one sweep leaves with a model change no figure of the next, whichever points they reach.
@Suite struct KeptBoundsTests {
  private static let layerCount = 4

  private func makeModel(seed: UInt64) throws -> Model {
    var random = Randomness(seed: seed)
    let widths = [9, 20, 14, 17, 6]
    return try AblateTestSupport.makeModel(
      inputs: widths[0],
      layers: (1..<widths.count).map { index in
        PlainLayer(
          weights: random.values(widths[index] * widths[index - 1]), bias: random.values(widths[index]),
          activation: index == Self.layerCount ? .identity : Activation(index == 2 ? .tanh : .relu))
      }, head: .softmax)
  }

  @Test(arguments: 0..<10 as Range<UInt64>) func sweepsInAnyOrder(seed: UInt64) throws {
    var random = Randomness(seed: seed + 100)
    let rows = 60
    let x = random.values(rows * 9)
    let labels = (0..<rows).map { _ in Int32.random(in: 0..<6, using: &random) }
    func run(_ model: Model, _ layers: [Int]) throws -> (results: [SweepResult], examined: Int64) {
      let sweep = try Sweep(model: model, of: .units(layers: layers), metrics: [], threads: 1)
      try sweep.feed(x, labels: labels, rows: rows)
      return (try (0..<sweep.itemCount).map { try sweep.result($0) }, sweep.cost.examined)
    }
    let used = try makeModel(seed: seed)
    for layers in [[2], [3], [0], [1, 2], [0, 1, 2, 3], [3]].shuffled(using: &random) {
      let (found, expected) = (try run(used, layers), try run(makeModel(seed: seed), layers))
      #expect(found.results == expected.results)
      #expect(found.examined == expected.examined)
    }
  }
}
