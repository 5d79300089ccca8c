import AblateModel
import AblateRuntime

/// The rows of a block as ever more of their values at a point are replaced, and what each has come to.
final class AccumulatedRows {
  /// [capacity, stride of the point]
  let values: Buffer<Float>
  let stride: Int
  let outcomes: RowOutcomes
  /// The rows that changed since the last run.
  let changed: Buffer<Int32>
  var changedCount = 0
  /// [capacity, padded scores], kept up to date with each change, and what rounding can do to a lead among them.
  let scores: Buffer<Float>
  let scoreStride: Int
  let slacks: Buffer<Float>
  /// nil where nothing is proven.
  let updates: AccumulatedUpdates?

  init(
    width: Int, scores scoreWidth: Int, measures count: Int, updates: AccumulatedUpdates?, capacity: Int
  ) throws(AblateError) {
    self.updates = updates
    stride = RowStride.padded(width)
    values = try Buffer(rows: capacity, columns: stride)
    outcomes = try RowOutcomes(measures: count, capacity: capacity)
    changed = try Buffer(count: capacity)
    scoreStride = RowStride.padded(scoreWidth)
    scores = try Buffer(rows: capacity, columns: scoreStride)
    slacks = try Buffer(count: capacity)
  }
}

extension SweepWorker {
  /// Takes the rows of the block as they are.
  func startAccumulating(at point: Int) {
    guard let accumulated else { return }
    let width = model.width(ofPoint: point)
    for row in 0..<block.rows {
      (accumulated.values.pointer + row * accumulated.stride).copy(from: block.values(row, at: point), count: width)
    }
    accumulated.outcomes.start(block)
    accumulated.changedCount = 0
    for row in 0..<block.rows { accumulated.slacks.pointer[row] = slackOfManyChanges(row: row, at: point) }
    if scoreWeights(behind: point) == nil { return startUpdating(accumulated, at: point) }
    for row in 0..<block.rows {
      (accumulated.scores.pointer + row * accumulated.scoreStride).copy(
        from: block.preActivations(row, ofStep: point), count: model.outputWidth)
    }
  }

  /// Replaces a value of each row by one: those whose prediction may have changed are to be run, see `countAccumulated`.
  @_optimize(speed)
  func accumulate(unit: Int, _ value: Float, at point: Int) {
    guard let accumulated else { return }
    guard let weights = scoreWeights(behind: point), let bounds = bounds(at: point) else {
      if accumulateUpdating(rows: 0..<block.rows, unit: unit, value, accumulated, at: point) { return }
      for row in 0..<block.rows { accumulate(row: row, unit: unit, value, at: point) }
      return
    }
    accumulated.changedCount = kernels.accumulate(
      accumulated.values.pointer + unit, accumulated.stride, value, block.rows, accumulated.scores.pointer,
      accumulated.scoreStride, weights.pointer + unit * weights.stride, model.classCount,
      accumulated.outcomes.predictions.pointer, accumulated.slacks.pointer, bounds.slackPerAccumulatedMove(unit),
      accumulated.changed.pointer)
    tally.countExamined(accumulated.changedCount)
    settleAccumulated(accumulated)
  }

  /// Takes over the predictions of listed rows whose scores tell them clearly.
  private func settleAccumulated(_ accumulated: AccumulatedRows) {
    var open = 0
    for index in 0..<accumulated.changedCount {
      let row = accumulated.changed.pointer[index]
      let scores = accumulated.scores.pointer + Int(row) * accumulated.scoreStride
      if let prediction = prediction(scores, ifClearOf: accumulated.slacks.pointer[Int(row)]) {
        accumulated.outcomes.predictions.pointer[Int(row)] = Int32(truncatingIfNeeded: prediction)
      } else {
        accumulated.changed.pointer[open] = row
        open += 1
      }
    }
    accumulated.changedCount = open
  }

  /// What rounding can do to a lead of a row whose values at a point change one after the other, without what it adds per move. Each of up
  /// to as many updates as there are values rounds a score once, as each term of a chain does: that doubles the bound.
  func slackOfManyChanges(row: Int, at point: Int) -> Float {
    guard let bounds = bounds(at: point), !block.slack(row, at: point).isNaN else { return .nan }
    let sum = block.magnitudes(row, at: point).weighted
    let errors = bounds.factor * Double(sum) * (1 + 0x1p-10) + bounds.constant
    return Float(2 * 4 * bounds.growth * errors) * (1 + 0x1p-20) + block.slack(row, at: point)
  }

  /// Replaces a value of a row, which is then to be run.
  @_optimize(speed)
  func accumulate(row: Int, unit: Int, _ value: Float, at point: Int) {
    guard let accumulated else { return }
    if accumulateUpdating(rows: row..<row + 1, unit: unit, value, accumulated, at: point) { return }
    let place = accumulated.values.pointer + row * accumulated.stride + unit
    if place.pointee == value { return }
    place.pointee = value
    tally.countExamined(1)
    accumulated.changed.pointer[accumulated.changedCount] = Int32(truncatingIfNeeded: row)
    accumulated.changedCount += 1
  }

  /// Runs the rows that changed, and counts what all rows of the block come to.
  func countAccumulated(item: Int, at point: Int) {
    guard let accumulated else { return }
    settleUpdated(accumulated, at: point)
    tally.countRerun(accumulated.changedCount)
    runAccumulated(at: point) { accumulated.outcomes.take($0, prediction: $1, $2) }
    accumulated.outcomes.count(item, self)
  }
}
