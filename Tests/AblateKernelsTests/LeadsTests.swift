import AblateRuntime
import AblateTestSupport
import Testing

/// How far predictions are ahead, against a scalar loop.
@Suite struct LeadsTests {
  private func leads(_ scores: [[Float]], stride: Int, _ table: KernelTable) -> [Float] {
    let classes = scores[0].count
    // What is behind the classes must not count.
    let padded = scores.flatMap { $0 + Array(repeating: .infinity, count: stride - classes) }
    var predictions = [Int32](repeating: -1, count: scores.count)
    table.argmax(padded, stride, &predictions, scores.count, classes)
    var leads = [Float](repeating: -1, count: scores.count)
    table.leads(padded, stride, predictions, scores.count, classes, &leads)
    return leads
  }

  @Test(arguments: [1, 2, 3, 8, 10, 16, 17, 100]) func nextScore(classes: Int) {
    var random = Randomness(seed: UInt64(classes))
    // Eighths, so that there are ties.
    let scores = (0..<50).map { _ in (0..<classes).map { _ in Float(Int.random(in: -9...9, using: &random)) / 8 } }
    let expected = scores.map { row -> Float in
      let sorted = row.sorted(by: >)
      return classes == 1 ? .infinity : sorted[0] - sorted[1]
    }
    for table in Kernels.available {
      #expect(leads(scores, stride: RowStride.padded(classes), table) == expected)
    }
  }

  @Test func rivalsAhead() {
    let scores: [[Float]] = [[1, 2, 3], [3, 2, 1], [-1, -2, -1.5]].map { $0 + Array(repeating: 9, count: 13) }
    for table in Kernels.available {
      var leads = [Float](repeating: 7, count: 3)
      table.leads(Array(scores.joined()), 16, [1, 0, 1], 3, 3, &leads)
      #expect(leads[0] < 0 && leads[1] == 1 && leads[2] < 0)
    }
  }

  @Test func withoutNumbers() {
    for table in Kernels.available {
      let rows: [[Float]] = [[1, .nan, 0], [.infinity, .infinity, 0], [-.infinity, -.infinity, -.infinity]]
      #expect(leads(rows, stride: 16, table) == [0, 0, 0])
      #expect(leads([[.infinity, 3, -.infinity]], stride: 16, table) == [.infinity])
      #expect(leads([[-0.0, 0]], stride: 16, table) == [0])
    }
  }
}
