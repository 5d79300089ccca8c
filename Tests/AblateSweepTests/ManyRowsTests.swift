import AblateModel
import AblateRuntime
import AblateTestSupport
import Glibc
import Testing

@testable import AblateSweep

/// Counts of more rows than 32 bits can number.
@Suite struct ManyRowsTests {
  private let model: Model
  private let x: [Float] = [1, 2, 3, 4, 5, -6]
  private let labels: [Int32] = [0, 1, 0]

  init() throws {
    // Unit 0 is the lead of class 0: without it, class 1 is ahead in all rows.
    model = try makeModel(
      inputs: 2,
      layers: [
        PlainLayer(weights: [1, 0, 0, 1], bias: [0, 0], activation: Activation(.relu)),
        PlainLayer(weights: [9, 0, 0, 1], bias: [0, 0.5], activation: .identity),
      ], head: .softmax)
  }

  @Test(arguments: [[], .confusion] as [Metrics]) func mergedShards(metrics: Metrics) throws {
    let sweeps = try (0..<2).map { _ in try Sweep(model: model, metrics: metrics, threads: 1) }
    for sweep in sweeps { try sweep.feed(x, labels: labels, rows: 3) }
    #expect(try sweeps[0].result(0).changed == 3)
    // Numbers of rows grow as those of Fibonacci.
    var copies: [Int64] = [1, 1]
    while copies[0] < 1 << 40 {
      for (one, other) in [(0, 1), (1, 0)] {
        try sweeps[one].merge(sweeps[other])
        copies[one] += copies[other]
      }
    }
    func check(_ sweep: Sweep, copies: Int64) throws {
      let result = try sweep.result(0)
      #expect(result.rows == 3 * copies)
      #expect((result.changed, result.lost, result.gained) == (3 * copies, 2 * copies, copies))
      #expect(try sweep.result(1).changed == 0)
      guard metrics == .confusion else { return }
      var confusion = [Int64](repeating: 0, count: 4)
      try sweep.copyConfusion(of: 0, to: &confusion)
      #expect(confusion == [0, 2 * copies, 0, copies])
    }
    for (sweep, copies) in zip(sweeps, copies) { try check(sweep, copies: copies) }
    try sweeps[0].feed(x, labels: labels, rows: 3)
    copies[0] += 1
    try check(sweeps[0], copies: copies[0])

    let path = "/tmp/ablate-many-rows-\(getpid())-\(UInt64.random(in: 0...(.max)))"
    defer { unlink(path) }
    try sweeps[0].save(path: path)
    let loaded = try Sweep(model: model, metrics: metrics, threads: 1)
    try loaded.load(path: path)
    try check(loaded, copies: copies[0])
  }

  @Test func moreThanCanBeCounted() throws {
    let sweeps = try (0..<2).map { _ in try Sweep(model: model, metrics: [], threads: 1) }
    try sweeps[0].feed(x, labels: labels, rows: 3)
    for _ in 0..<61 {
      sweeps[1].reset()
      try sweeps[1].merge(sweeps[0])
      try sweeps[0].merge(sweeps[1])
    }
    #expect(throws: AblateError.self) { try sweeps[0].merge(sweeps[1]) }
    #expect(try sweeps[0].result(0).changed == 3 << 61)
    #expect(sweeps[0].intact.rows == 3 << 61)
  }
}
