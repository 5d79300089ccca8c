import AblateModel
import AblateRuntime

/// Turns scores into predictions and measures.
final class OutcomeReader {
  let measures: Measures
  private let model: Model
  private let predictions: Buffer<Int32>
  private let logProbabilities: Buffer<Float>?
  private let probabilities: Buffer<Float>?
  /// The measures of one row.
  private let row: Buffer<Float>
  /// [2, 2]: both scores of a binary head, intact and ablated.
  private let binaryScores: Buffer<Float>
  private let divergenceWeights: Buffer<Double>
  /// From the intact scores of the row that was last asked for: rows come with many items each.
  private var divergence: (run: Int, row: Int, from: Divergence)?

  /// - Parameter capacity: the most rows read at once.
  init(model: Model, metrics: Metrics, capacity: Int) throws(AblateError) {
    self.model = model
    measures = Measures(model: model, metrics: metrics)
    predictions = try Buffer(count: capacity)
    logProbabilities = measures.logLoss != nil ? try Buffer(rows: capacity, columns: model.classCount) : nil
    probabilities =
      measures.labelProbability != nil || measures.probabilities > 0
      ? try Buffer(rows: capacity, columns: model.classCount) : nil
    row = try Buffer(count: measures.perRow)
    binaryScores = try Buffer(count: 4)
    divergenceWeights = try Buffer(count: measures.divergence == nil ? 0 : model.classCount)
  }

  /// Calls `take` with the prediction and the measures of each row of `scores`, [rows, stride].
  ///
  /// - Parameter origin: which row of the block a row is, with or without something ablated.
  @_optimize(speed)
  func read(
    scores: UnsafePointer<Float>, stride: Int, rows: Int, block: IntactBlock, origin: (_ row: Int) -> Int,
    take: (_ row: Int, _ prediction: Int, _ measures: UnsafePointer<Float>) -> Void
  ) {
    if model.classCount > 0 {
      model.predict(scores: scores, stride: stride, rows: rows, into: predictions.pointer)
    }
    if let logProbabilities {
      model.logProbabilities(scores: scores, stride: stride, rows: rows, into: logProbabilities.pointer)
    }
    if let probabilities {
      model.probabilities(scores: scores, stride: stride, rows: rows, into: probabilities.pointer)
    }
    for index in 0..<rows {
      // For counts alone there is nothing to measure.
      if measures.perRow > 0 { measure(index, scores + index * stride, block, origin(index)) }
      take(index, Int(predictions.pointer[index]), row.pointer)
    }
  }

  @_optimize(speed)
  private func measure(_ index: Int, _ scores: UnsafePointer<Float>, _ block: IntactBlock, _ origin: Int) {
    let classes = model.classCount
    let cell = index * classes + block.targets.label(origin)
    if let place = measures.logLoss, let logProbabilities {
      row.pointer[place] = -logProbabilities.pointer[cell]
    }
    if let probabilities {
      if let place = measures.labelProbability { row.pointer[place] = probabilities.pointer[cell] }
      (row.pointer + measures.singles).copy(
        from: probabilities.pointer + index * classes, count: measures.probabilities)
    }
    if let place = measures.margin { row.pointer[place] = margin(scores, label: block.targets.label(origin)) }
    let intact = block.values(origin, at: model.steps.count)
    if let place = measures.divergence { row.pointer[place] = Float(divergence(block, origin, to: scores)) }
    if let place = measures.squaredError, let targets = block.targets.values(origin) {
      row.pointer[place] = meanOverOutputs { (Double(scores[$0]) - Double(targets[$0])).squared }
    }
    if let place = measures.absoluteChange {
      row.pointer[place] = meanOverOutputs { abs(Double(scores[$0]) - Double(intact[$0])) }
    }
  }

  private func meanOverOutputs(_ term: (Int) -> Double) -> Float {
    var sum = 0.0
    for output in 0..<model.outputWidth { sum += term(output) }
    return Float(sum / Double(model.outputWidth))
  }

  /// The score of the label less the best other one; a binary head has 0 for class 0.
  private func margin(_ scores: UnsafePointer<Float>, label: Int) -> Float {
    if model.head == .binary { return label == 1 ? scores[0] : -scores[0] }
    var best = -Float.infinity
    for index in 0..<model.classCount where index != label {
      if scores[index].isNaN { return .nan }
      best = max(best, scores[index])
    }
    return scores[label] - best
  }

  private func divergence(_ block: IntactBlock, _ origin: Int, to scores: UnsafePointer<Float>) -> Double {
    let isBinary = model.head == .binary
    let both = binaryScores.pointer
    if isBinary { both[3] = scores[0] }
    let other = isBinary ? UnsafePointer(both + 2) : scores
    if let divergence, divergence.run == block.runs, divergence.row == origin { return divergence.from.to(other) }
    var intact = block.values(origin, at: model.steps.count)
    if isBinary {
      both[1] = intact[0]
      intact = UnsafePointer(both)
    }
    let from = Divergence(from: intact, count: model.classCount, weights: divergenceWeights.pointer)
    divergence = (block.runs, origin, from)
    return from.to(other)
  }
}

extension Double {
  fileprivate var squared: Double { self * self }
}
