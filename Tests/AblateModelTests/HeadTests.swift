import AblateModel
import AblateRuntime
import AblateTestSupport
import Testing

/// A model that passes its inputs through as scores.
private func passThrough(_ scores: Int, head: Head) throws -> Model {
  let weights = (0..<scores * scores).map { Float($0 / scores == $0 % scores ? 1 : 0) }
  return try makeModel(
    inputs: scores,
    layers: [PlainLayer(weights: weights, bias: [Float](repeating: 0, count: scores), activation: .identity)],
    head: head)
}

@Suite struct HeadTests {
  @Test func widths() throws {
    let softmax = try passThrough(3, head: .softmax)
    #expect((softmax.classCount, softmax.predictionWidth, softmax.probabilityWidth) == (3, 1, 3))
    let binary = try passThrough(1, head: .binary)
    #expect((binary.classCount, binary.predictionWidth, binary.probabilityWidth) == (2, 1, 2))
    let multilabel = try passThrough(3, head: .multilabel)
    #expect((multilabel.classCount, multilabel.predictionWidth, multilabel.probabilityWidth) == (0, 3, 3))
    let regression = try passThrough(3, head: .regression)
    #expect((regression.classCount, regression.predictionWidth, regression.probabilityWidth) == (0, 0, 0))
  }

  @Test func equalScoresAreEquallyProbableAndTheFirstIsPredicted() throws {
    let session = try Session(model: passThrough(4, head: .softmax), threads: 1)
    #expect(try session.run([2, 2, 2, 2], rows: 1, output: .probabilities) == [0.25, 0.25, 0.25, 0.25])
    #expect(try session.predict([2, 2, 2, 2], rows: 1) == [0])
  }

  @Test func aBinaryHeadPredictsOneAboveZero() throws {
    let session = try Session(model: passThrough(1, head: .binary), threads: 1)
    #expect(try session.predict([-1, 0, 1], rows: 3) == [0, 0, 1])
    #expect(try session.run([0], rows: 1, output: .probabilities) == [0.5, 0.5])
  }

  @Test func theFirstNaNIsPredicted() throws {
    let session = try Session(model: passThrough(3, head: .logits), threads: 1)
    // A NaN input reaches every score through the sum.
    #expect(try session.predict([1, .nan, 5], rows: 1) == [0])
  }

  @Test func aRegressionHasNeitherLabelsNorProbabilities() throws {
    let session = try Session(model: passThrough(2, head: .regression), threads: 1)
    #expect(throws: AblateError.self) { try session.predict([1, 2], rows: 1) }
    #expect(throws: AblateError.self) { try session.run([1, 2], rows: 1, output: .probabilities) }
    #expect(try session.run([1, 2], rows: 1, output: .model) == [1, 2])
  }

  @Test func headsThatDoNotFitAreRefused() throws {
    #expect(throws: AblateError.self) { try passThrough(2, head: .binary) }
    #expect(throws: AblateError.self) { try passThrough(1, head: .softmax) }
  }
}
