import AblateModel
import AblateRuntime
import AblateTestSupport
import Testing

@testable import AblateSweep

/// Batches, their order, the order of rows, threads and shards change no bit of any kind of sweep.
@Suite struct SweepInvarianceTests {
  private struct Rows {
    var x: [Float]
    var labels: [Int32]
    let width: Int

    var count: Int { labels.count }

    subscript(order: [Int]) -> Rows {
      Rows(
        x: order.flatMap { x[$0 * width..<($0 + 1) * width] }, labels: order.map { labels[$0] }, width: width)
    }
  }

  private static func makeCase(seed: Int) throws -> (model: Model, rows: Rows) {
    var random = Randomness(seed: UInt64(seed))
    let widths = [70, 110, 40, seed % 2 == 0 ? 5 : 30]
    var layers: [PlainLayer] = []
    for index in 1..<widths.count {
      let spread = 2 / Float(widths[index - 1]).squareRoot()
      layers.append(
        PlainLayer(
          weights: random.values(widths[index] * widths[index - 1]).map { $0 * spread },
          bias: random.values(widths[index]),
          activation: index == 3 ? .identity : Activation([.relu, .gelu, .tanh][(seed + index) % 3])))
    }
    let count = 500
    // Zeros that rows share are left out of chains, tile by tile: which rows are neighbours must not matter.
    let x = random.values(count * 70).map { $0 < 0.2 ? 0 : $0 }
    let labels = (0..<count).map { _ in Int32.random(in: 0..<Int32(widths[3]), using: &random) }
    return (try makeModel(inputs: 70, layers: layers, head: .softmax), Rows(x: x, labels: labels, width: 70))
  }

  private static func subjects(_ model: Model) throws -> [(String, SweepSubject)] {
    var masks: [Mask] = []
    for unit in 0..<6 {
      let mask = Mask(model: model)
      try mask.set(layer: unit % 2, unit: unit, ablated: true)
      try mask.set(layer: 2, unit: 1, input: unit, ablated: true)
      masks.append(mask)
    }
    let order = [(0, 3), (1, 7), (0, 9), (2, 2)].map { UnitPlace(layer: $0.0, unit: $0.1) }
    return [
      ("units", .units(layers: [2, 0, 1])), ("synapses", .synapses(layers: [1])), ("inputs", .inputs),
      ("pairs", .pairs(layer: 1)), ("pairs across", .pairsAcross(layer: 1, laterLayer: 2)),
      ("order of a layer", .cumulative((0..<40).map { UnitPlace(layer: 1, unit: 39 - $0) })),
      ("order of layers", .cumulative(order)), ("masks", .masks(masks)),
    ]
  }

  private struct Outcome: Equatable {
    let results: [SweepResult]
    let confusion: [Int64]
  }

  private static func run(
    _ model: Model, _ subject: SweepSubject, _ metrics: Metrics, threads: Int, shards: [[Rows]]
  ) throws -> Outcome {
    var merged: Sweep?
    for batches in shards {
      let sweep = try Sweep(model: model, of: subject, metrics: metrics, threads: threads)
      for batch in batches { try sweep.feed(batch.x, labels: batch.labels, rows: batch.count) }
      if let merged { try merged.merge(sweep) } else { merged = sweep }
    }
    let sweep = try #require(merged)
    var confusion = [Int64](repeating: 0, count: model.classCount * model.classCount)
    if metrics.contains(.confusion) { try sweep.copyConfusion(of: sweep.itemCount - 1, to: &confusion) }
    let results = try (0..<sweep.itemCount).map { try sweep.result($0) }
    return Outcome(results: results + [sweep.intact], confusion: confusion)
  }

  @Test(arguments: 0..<2) func nothingChangesABit(seed: Int) throws {
    let (model, rows) = try Self.makeCase(seed: seed)
    let all = Array(0..<rows.count)
    let cut = [Array(all[..<7]), Array(all[7..<260]), Array(all[260...])]
    for (name, subject) in try Self.subjects(model) {
      for metrics: Metrics in [[], .confusion, [.confusion, .logLoss, .margin, .divergence]] {
        // Losses of all pairs are run one by one: fewer rows will do.
        let isSlow = !metrics.isSubset(of: .confusion) && (name.hasPrefix("pairs") || name == "synapses")
        let rows = isSlow ? rows[Array(0..<30)] : rows
        let parts = isSlow ? [rows[Array(0..<11)], rows[Array(11..<30)]] : cut.map { rows[$0] }
        func run(_ threads: Int, _ shards: [[Rows]]) throws -> Outcome {
          try Self.run(model, subject, metrics, threads: threads, shards: shards)
        }
        let whole = try run(1, [[rows]])
        #expect(try run(2, [[rows]]) == whole, "\(name): threads")
        #expect(try run(2, [parts]) == whole, "\(name): batches")
        #expect(try run(1, [parts.reversed()]) == whole, "\(name): batches in another order")
        #expect(try run(1, parts.map { [$0] }) == whole, "\(name): shards")
        #expect(try run(1, parts.reversed().map { [$0] }) == whole, "\(name): shards in another order")
        var random = Randomness(seed: 9)
        let shuffled = (0..<rows.count).shuffled(using: &random)
        #expect(try run(2, [[rows[shuffled]]]) == whole, "\(name): rows in another order")
      }
    }
  }

  @Test func greedyDoesNotDependOnThreadsOrOrder() throws {
    let (model, rows) = try Self.makeCase(seed: 1)
    var random = Randomness(seed: 3)
    func run(_ rows: Rows, threads: Int) throws -> ([Int], [Double]) {
      let greedy = try GreedyElimination(
        model: model, layer: 1, x: rows.x, labels: rows.labels, rows: rows.count, threads: threads)
      var units: [Int] = []
      var values: [Double] = []
      while let (unit, value) = try greedy.removeNext() {
        units.append(unit)
        values.append(value)
      }
      return (units, values)
    }
    let whole = try run(rows, threads: 1)
    #expect(try run(rows, threads: 2) == whole)
    #expect(try run(rows[(0..<rows.count).shuffled(using: &random)], threads: 2) == whole)
  }
}
