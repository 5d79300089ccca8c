import AblateModel
import AblateRuntime
import AblateTestSupport
import Glibc
import Testing

@testable import AblateSweep

/// A labelled data set and a network, drawn at random.
private struct Case {
  let model: Model
  let x: [Float]
  let labels: [Int32]
  let rows: Int

  init(seed: UInt64, head: Head = .softmax) throws {
    var random = Randomness(seed: seed)
    let inputs = Int.random(in: 1...20, using: &random)
    var widths = (0..<Int.random(in: 1...3, using: &random)).map { _ in Int.random(in: 1...40, using: &random) }
    widths.append(head == .binary ? 1 : Int.random(in: 2...40, using: &random))
    var layers: [PlainLayer] = []
    var width = inputs
    for (index, units) in widths.enumerated() {
      let kind = Activation.Kind.allCases.randomElement(using: &random) ?? .relu
      // Coarse weights make ties.
      let weights = random.values(units * width).map { seed % 3 == 0 ? ($0 * 4).rounded() / 4 : $0 }
      layers.append(
        PlainLayer(
          weights: weights, bias: random.values(units),
          activation: index == widths.count - 1 ? .identity : Activation(kind)))
      width = units
    }
    model = try makeModel(inputs: inputs, layers: layers, head: head)
    rows = Int.random(in: 1...300, using: &random)
    x = random.values(rows * inputs, -2...2)
    let classes = model.classCount
    labels = (0..<rows).map { _ in Int32.random(in: 0..<Int32(classes), using: &random) }
  }
}

private func accuracyCounts(_ predictions: [Int32], _ intact: [Int32], _ labels: [Int32]) -> [Int64] {
  var correct: Int64 = 0
  var lost: Int64 = 0
  var gained: Int64 = 0
  var changed: Int64 = 0
  for row in labels.indices {
    if predictions[row] == labels[row] { correct += 1 }
    if intact[row] == labels[row] && predictions[row] != labels[row] { lost += 1 }
    if intact[row] != labels[row] && predictions[row] == labels[row] { gained += 1 }
    if intact[row] != predictions[row] { changed += 1 }
  }
  return [correct, lost, gained, changed]
}

/// ln P(label) of a row, in float64.
private func logProbability(_ scores: ArraySlice<Float>, label: Int, head: Head) -> Double {
  let values = scores.map(Double.init)
  if head == .binary {
    let z = label == 1 ? values[0] : -values[0]
    return min(z, 0) - log1p(exp(-abs(z)))
  }
  let largest = values.max() ?? 0
  return values[label] - largest - log(values.reduce(0) { $0 + exp($1 - largest) })
}

@Suite struct UnitSweepTests {
  @Test(arguments: 0..<60) func everyFigureIsThatOfAMaskedRun(seed: Int) throws {
    let test = try Case(seed: UInt64(seed), head: seed % 5 == 4 ? .binary : .softmax)
    let model = test.model
    let reference = try Reference(model: model, x: test.x, rows: test.rows, keepRows: true, threads: 1)
    let replacements: [Replacement] = [
      .zero, .dead, .mean(reference), .constant(0.75), .resample(try Resampling(reference: reference, seed: 3)),
    ]
    let replacement = replacements[seed % replacements.count]
    let layers = Array(model.layers.indices)
    let sweep = try Sweep(
      model: model, of: .units(layers: layers), replacement: replacement,
      metrics: [.confusion, .logLoss, .labelProbability],
      threads: 2)
    try sweep.feed(test.x, labels: test.labels, rows: test.rows)
    let session = try Session(model: model, threads: 1)
    let intact = try session.predict(test.x, rows: test.rows)
    let classes = model.classCount
    for index in 0..<sweep.itemCount {
      let result = try sweep.result(index)
      let mask = Mask(model: model)
      try mask.setReplacement(replacement)
      try mask.set(layer: result.item.layer ?? 0, unit: result.item.unit ?? 0, ablated: true)
      let predictions = try session.predict(test.x, rows: test.rows, mask: mask)
      #expect(
        [result.correct, result.lost, result.gained, result.changed]
          == accuracyCounts(predictions, intact, test.labels))
      var confusion = [Int64](repeating: 0, count: classes * classes)
      for row in 0..<test.rows { confusion[Int(test.labels[row]) * classes + Int(predictions[row])] += 1 }
      var swept = [Int64](repeating: 0, count: classes * classes)
      try sweep.copyConfusion(of: index, to: &swept)
      #expect(swept == confusion)
      let scores = try session.run(test.x, rows: test.rows, mask: mask)
      var mean = 0.0
      var loss = 0.0
      for row in 0..<test.rows {
        let rowScores = scores[row * model.outputWidth..<(row + 1) * model.outputWidth]
        let logProbability = logProbability(rowScores, label: Int(test.labels[row]), head: model.head)
        mean += exp(logProbability) / Double(test.rows)
        loss -= logProbability / Double(test.rows)
      }
      #expect(abs(try #require(result.labelProbability) - mean) < 1e-6)
      #expect(abs(try #require(result.logLoss) - loss) < 1e-5 * max(1, loss))
    }
  }

  @Test func batchesOrderAndThreadsChangeNothing() throws {
    let test = try Case(seed: 17)
    let width = test.model.inputWidth
    func results(threads: Int, cuts: [Int], reversed: Bool = false) throws -> [SweepResult] {
      let sweep = try Sweep(
        model: test.model, metrics: Metrics.all.subtracting(.changedRows), threads: threads)
      var ranges = zip([0] + cuts, cuts + [test.rows]).map { $0..<$1 }
      if reversed { ranges.reverse() }
      for range in ranges {
        try sweep.feed(
          Array(test.x[range.lowerBound * width..<range.upperBound * width]), labels: Array(test.labels[range]),
          rows: range.count)
      }
      return try (0..<sweep.itemCount).map { try sweep.result($0) } + [sweep.intact]
    }
    let whole = try results(threads: 1, cuts: [])
    #expect(try results(threads: 2, cuts: []) == whole)
    #expect(try results(threads: 2, cuts: [1, test.rows / 2]) == whole)
    #expect(try results(threads: 1, cuts: [test.rows / 3], reversed: true) == whole)
  }

  @Test func cancellingKeepsTheFeedsBefore() throws {
    let test = try Case(seed: 4)
    let sweep = try Sweep(model: test.model, threads: 1)
    try sweep.feed(test.x, labels: test.labels, rows: test.rows)
    let before = try sweep.result(0).correct
    #expect(throws: AblateError.self) {
      try sweep.feed(test.x, labels: test.labels, rows: test.rows) { _, _ in false }
    }
    #expect(try sweep.result(0).correct == before)
    #expect(sweep.intact.rows == Int64(test.rows))
    #expect(throws: AblateError.self) { try sweep.feed(test.x, labels: test.labels, rows: test.rows) }
  }

  @Test func progressEndsAtTheTotal() throws {
    let test = try Case(seed: 5)
    let sweep = try Sweep(model: test.model, threads: 2)
    var last: (UInt64, UInt64) = (0, 0)
    try sweep.feed(test.x, labels: test.labels, rows: test.rows) { done, total in
      #expect(done >= last.0)
      last = (done, total)
      return true
    }
    #expect(last == (UInt64(test.rows * sweep.itemCount), UInt64(test.rows * sweep.itemCount)))
  }

  @Test func aLabelOutOfRangeCountsNothing() throws {
    let test = try Case(seed: 6)
    let sweep = try Sweep(model: test.model, threads: 1)
    var labels = test.labels
    labels[labels.count - 1] = Int32(test.model.classCount)
    #expect(throws: AblateError.self) { try sweep.feed(test.x, labels: labels, rows: test.rows) }
    #expect(sweep.intact.rows == 0)
  }

  @Test func refusals() throws {
    let model = try Case(seed: 7).model
    #expect(throws: AblateError.self) { try Sweep(model: model, of: .units(layers: [])) }
    #expect(throws: AblateError.self) { try Sweep(model: model, of: .units(layers: [0, 0])) }
    #expect(throws: AblateError.self) { try Sweep(model: model, of: .units(layers: [99])) }
    #expect(throws: AblateError.self) { try Sweep(model: model, metrics: Metrics(rawValue: 256)) }
    let regression = try makeModel(
      inputs: 1, layers: [PlainLayer(weights: [1], bias: [0], activation: .identity)])
    #expect(throws: AblateError.self) { try Sweep(model: regression, of: .units(layers: [0]), metrics: .margin) }
    let multilabel = try makeModel(
      inputs: 1, layers: [PlainLayer(weights: [1, 2], bias: [0, 0], activation: .identity)], head: .multilabel)
    #expect(throws: AblateError.self) { try Sweep(model: multilabel, of: .units(layers: [0])) }
    #expect(throws: AblateError.self) { try Sweep(model: model, changedRowLimit: 0) }
    #expect(throws: AblateError.self) { try Sweep(model: model, firstRow: -1) }
  }
}
