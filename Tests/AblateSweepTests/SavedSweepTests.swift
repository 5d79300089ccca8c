import AblateModel
import AblateRuntime
import AblateTestSupport
import Glibc
import Testing

@testable import AblateSweep

/// Files whose checksum is right and whose content is not, and plans that differ in little.
@Suite struct SavedSweepTests {
  private let model: Model
  private let x: [Float]
  private let labels: [Int32] = [0, 1, 2, 0]

  init() throws {
    var random = Randomness(seed: 4)
    model = try makeModel(
      inputs: 3,
      layers: [
        PlainLayer(weights: random.values(12), bias: random.values(4), activation: Activation(.relu)),
        PlainLayer(weights: random.values(12), bias: random.values(3), activation: .identity),
      ], head: .softmax)
    x = random.values(12)
  }

  /// Saves a sweep, changes a word of the file, and sees to the checksum.
  private func forge(_ sweep: Sweep, word: Int, _ value: UInt64, then body: (String) throws -> Void) throws {
    let path = "/tmp/ablate-saved-sweep-\(getpid())-\(UInt64.random(in: 0...(.max)))"
    defer { unlink(path) }
    try sweep.save(path: path)
    let file = try #require(fopen(path, "r+b"))
    fseek(file, 0, SEEK_END)
    var words = [UInt64](repeating: 0, count: ftell(file) / 8)
    rewind(file)
    #expect(fread(&words, 8, words.count, file) == words.count)
    words[word] = value
    var checksum = Fingerprint()
    for word in words.dropLast() { checksum.add(word) }
    words[words.count - 1] = checksum.value
    rewind(file)
    #expect(fwrite(words, 8, words.count, file) == words.count)
    fclose(file)
    try body(path)
  }

  private func makeSweep(_ subject: SweepSubject = .units(layers: nil), firstRow: Int = 0) throws -> Sweep {
    let metrics: Metrics = [.confusion, .changedRows, .oneVsRest]
    return try Sweep(model: model, of: subject, metrics: metrics, firstRow: firstRow, threads: 1)
  }

  @Test func rowsThatCannotBe() throws {
    let sweep = try makeSweep(firstRow: 1 << 40)
    for rows: UInt64 in [1 << 62, (1 << 62) - (1 << 40) + 1, .max, 1 << 63] {
      try forge(sweep, word: 3, rows) { path in
        #expect(throws: AblateError.self) { try sweep.load(path: path) }
      }
    }
    for first: UInt64 in [(1 << 62) + 1, .max] {
      try forge(sweep, word: 4, first) { path in
        #expect(throws: AblateError.self) { try sweep.load(path: path) }
      }
    }
    try forge(sweep, word: 3, (1 << 62) - (1 << 40) - 3) { try sweep.load(path: $0) }
    #expect(throws: AblateError.self) { try sweep.feed(x, labels: labels, rows: 4) }
    try sweep.feed(x, labels: labels, rows: 3)
  }

  @Test func rowsGoOnWithTheirNumbers() throws {
    let first = try makeSweep(firstRow: 100)
    try first.feed(x, labels: labels, rows: 4)
    try forge(first, word: 0, 0x5045_4557_5341_4c42) { path in
      let second = try makeSweep()
      try second.load(path: path)
      for sweep in [first, second] { try sweep.feed(x, labels: labels, rows: 4) }
      for index in 0..<first.itemCount {
        #expect(try second.changedRows(of: index) == first.changedRows(of: index))
        #expect(try second.changedRows(of: index).allSatisfy { $0 >= 100 && $0 < 108 })
      }
    }
  }

  @Test func countsThatCannotBe() throws {
    let sweep = try makeSweep(.pairs(layer: 0))
    try sweep.feed(x, labels: labels, rows: 4)
    for word in 6..<60 {
      for value: UInt64 in [.max, 1 << 63, (1 << 63) - 1] {
        try forge(sweep, word: word, value) { path in
          try sweep.load(path: path)
          for index in 0..<sweep.itemCount {
            _ = try sweep.result(index)
            _ = try sweep.changedRows(of: index)
            var matrices = [Int64](repeating: 0, count: 4 * model.classCount)
            try sweep.copyOneVsRest(of: index, to: &matrices)
          }
          _ = try sweep.strongest(3)
          // Not if there are as many rows already as can be counted.
          _ = try? sweep.feed(x, labels: labels, rows: 4)
        }
      }
    }
  }

  @Test func aMaskIsToldFromOneOfTheNextLayer() throws {
    let square = try makeModel(
      inputs: 3,
      layers: (0..<2).map { _ in
        PlainLayer(weights: [1, 2, 3, 4, 5, 6, 7, 8, 9], bias: [0, 0, 0], activation: .identity)
      }, head: .softmax)
    let sweeps = try (0..<2).map { layer in
      let mask = Mask(model: square)
      try mask.set(layer: layer, unit: 1, input: 2, ablated: true)
      return try Sweep(model: square, of: .masks([mask]))
    }
    #expect(throws: AblateError.self) { try sweeps[0].merge(sweeps[1]) }
  }

  @Test func orders() throws {
    let orders = [[0, 1], [1, 0]].map { SweepSubject.cumulative($0.map { UnitPlace(layer: 0, unit: $0) }) }
    let sweeps = try orders.map { try makeSweep($0) }
    #expect(throws: AblateError.self) { try sweeps[0].merge(sweeps[1]) }
  }
}
