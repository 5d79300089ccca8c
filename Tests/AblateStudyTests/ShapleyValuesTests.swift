import AblateModel
import AblateRuntime
import AblateTestSupport
import Testing

@testable import AblateStudy

@Suite struct ShapleyValuesTests {
  /// The first outputs of seed 1234567, as Java, C and Rust implementations publish them.
  @Test func splitMix64() {
    var random = SplitMix64(seed: 1_234_567)
    let expected: [UInt64] = [
      6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
    ]
    for value in expected { #expect(random.next() == value) }
    var stream = SplitMix64(seed: 1_234_567, stream: 2)
    var own = SplitMix64(seed: 9_817_491_932_198_370_423)
    for count in [1, 2, 7, 1 << 40] {
      let drawn = stream.next(below: count)
      #expect(drawn == own.next(below: count) && drawn >= 0 && drawn < count)
    }
  }

  @Test func ranges() {
    var ranges = PermutationRanges()
    #expect(ranges.count == 0 && ranges.next(from: 3) == 3)
    for range in [5..<7, 0..<2, 9..<9, 7..<8, 3..<4, 2..<3] { ranges.insert(range) }
    #expect(ranges.ranges == [0..<4, 5..<8] && ranges.count == 7)
    #expect(ranges.next(from: 0) == 4 && ranges.next(from: 4) == 4 && ranges.next(from: 5) == 8)
    var other = PermutationRanges()
    other.insert(4..<5)
    #expect(!ranges.overlaps(other) && !other.overlaps(ranges))
    ranges.insert(4..<5)
    #expect(ranges.ranges == [0..<8] && ranges.overlaps(other))
  }

  /// From the values of all subsets, each a masked run; with as many permutations the mean strays by less.
  @Test(arguments: 0..<12) func allSubsets(seed: Int) throws {
    var random = Randomness(seed: UInt64(seed) &+ 7)
    let widths = [4, 3, 3, 3]
    let layers = (1..<4).map { index in
      PlainLayer(
        weights: random.values(widths[index] * widths[index - 1]), bias: random.values(widths[index]),
        activation: index == 3 ? .identity : Activation(Activation.Kind.allCases[(seed + index) % 12]))
    }
    let model = try makeModel(inputs: 4, layers: layers, head: .softmax)
    let rows = 30
    let x = random.values(rows * 4, -2...2)
    let labels = (0..<rows).map { _ in Int32.random(in: 0..<3, using: &random) }
    var options = ShapleyOptions()
    options.replacement = [.zero, .dead, .constant(0.5)][seed % 3]
    options.seed = UInt64(seed)
    options.threads = 1 + seed % 2
    let values = try ShapleyValues(model: model, options: options, x: x, labels: labels, rows: rows)
    try values.run(permutations: 1500)

    let session = try Session(model: model, threads: 1)
    var worth: [Double] = []
    for subset in 0..<64 {
      let mask = Mask(model: model)
      try mask.setReplacement(options.replacement)
      for player in 0..<6 where subset >> player & 1 == 0 {
        try mask.set(layer: player / 3, unit: player % 3, ablated: true)
      }
      let predictions = try session.predict(x, rows: rows, mask: mask)
      worth.append(Double(zip(predictions, labels).filter { $0 == $1 }.count) / Double(rows))
    }
    let factorials = [1.0, 1, 2, 6, 24, 120, 720]
    var total = 0.0
    for player in 0..<6 {
      var exact = 0.0
      for subset in 0..<64 where subset >> player & 1 == 1 {
        let size = subset.nonzeroBitCount
        exact += factorials[size - 1] * factorials[6 - size] / 720 * (worth[subset] - worth[subset ^ 1 << player])
      }
      let found = try values.value(player)
      #expect(found.layer == player / 3 && found.unit == player % 3)
      #expect(abs(found.value - exact) <= 5 * (found.variance / 1500).squareRoot() + 1e-12)
      #expect(found.lower <= exact && exact <= found.upper)
      total += found.value
    }
    #expect(abs(total - (worth[63] - worth[0])) < 1e-14)
    #expect(values.summary.intact == worth[63] && values.summary.ablated == worth[0])
  }

  /// With a tolerance, walks go in pieces of 128 steps: each is reported when it is done, the last one once.
  @Test func progressOfPieces() throws {
    var random = Randomness(seed: 5)
    let (units, rows) = (512, 10)
    let hidden = PlainLayer(
      weights: random.values(3 * units), bias: random.values(units), activation: Activation(.sigmoid))
    let output = PlainLayer(weights: random.values(2 * units), bias: random.values(2), activation: .identity)
    let model = try makeModel(inputs: 3, layers: [hidden, output], head: .softmax)
    var options = ShapleyOptions()
    options.measure = .labelProbability
    options.tolerance = 1e-9
    options.patience = units
    options.threads = 1
    let labels = (0..<rows).map { Int32($0 % 2) }
    let values = try ShapleyValues(
      model: model, options: options, x: random.values(rows * 3), labels: labels, rows: rows)
    var told: [UInt64] = []
    try values.run(permutations: 1) { done, total in
      told.append(done)
      return total == 512
    }
    #expect(told == [128, 256, 384, 512])
    #expect(throws: AblateError.self) { try values.run(permutations: 1) { done, _ in done < 256 } }
    #expect(values.permutationCount == 1)
  }
}
