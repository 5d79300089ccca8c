import AblateModel
import AblateRuntime

/// The pre-activations of a dense step behind a point, kept up to date as ever more of its inputs are replaced. Near enough to tell the
/// prediction of most rows, see `UpdatedRows`.
final class AccumulatedUpdates {
  let layer: Layer
  let stride: Int
  /// [capacity, stride]
  let preActivations: Buffer<Float>
  /// [capacity, stride]: rows that are run on.
  let activations: Buffer<Float>

  /// [inputs, stride]: the weights that leave each input.
  let outgoing: Buffer<Float>

  /// nil if the step behind the point is not dense.
  init?(model: Model, point: Int, capacity: Int, outgoing: Buffer<Float>?) throws(AblateError) {
    guard point < model.steps.count, case .dense(let index) = model.steps[point], let outgoing else { return nil }
    self.outgoing = outgoing
    layer = model.layers[index]
    stride = RowStride.padded(layer.units)
    preActivations = try Buffer(rows: capacity, columns: stride)
    activations = try Buffer(rows: capacity, columns: stride)
  }
}

extension SweepWorker {
  /// Where the scores follow directly, they are kept up to date instead.
  private func updates(_ accumulated: AccumulatedRows, at point: Int) -> AccumulatedUpdates? {
    scoreWeights(behind: point) == nil ? accumulated.updates : nil
  }

  func startUpdating(_ accumulated: AccumulatedRows, at point: Int) {
    guard let updates = updates(accumulated, at: point) else { return }
    for row in 0..<block.rows {
      (updates.preActivations.pointer + row * updates.stride).copy(
        from: block.preActivations(row, ofStep: point), count: updates.layer.units)
    }
  }

  /// Replaces a value of some rows and brings what is behind them up to date. Returns false, and does nothing, where nothing is.
  @_optimize(speed)
  func accumulateUpdating(
    rows: Range<Int>, unit: Int, _ value: Float, _ accumulated: AccumulatedRows, at point: Int
  ) -> Bool {
    guard let updates = updates(accumulated, at: point), let bounds = bounds(at: point) else { return false }
    let slackPerMove = bounds.slackPerAccumulatedMove(unit)
    let values = accumulated.values.pointer + unit
    let preActivations = updates.preActivations.pointer
    let weights = updates.outgoing.pointer + unit * updates.stride
    let slacks = accumulated.slacks.pointer
    let changed = accumulated.changed.pointer
    let (stride, width, updateStride) = (accumulated.stride, updates.layer.units, updates.stride)
    let kernels = kernels
    var count = accumulated.changedCount
    for row in rows where values[row * stride] != value {
      let change = value - values[row * stride]
      values[row * stride] = value
      slacks[row] += abs(change) * slackPerMove
      let own = preActivations + row * updateStride
      kernels.addScaled(own, change, weights, own, width)
      changed[count] = Int32(truncatingIfNeeded: row)
      count += 1
    }
    accumulated.changedCount = count
    return true
  }

  /// Runs the changed rows on from what is kept up to date, and takes over the predictions that are clear. The others stay listed.
  func settleUpdated(_ accumulated: AccumulatedRows, at point: Int) {
    guard let updates = updates(accumulated, at: point), accumulated.changedCount > 0 else { return }
    let count = accumulated.changedCount
    let changed = accumulated.changed.pointer
    for index in 0..<count {
      kernels.activate(
        updates.layer.activation, updates.preActivations.pointer + Int(changed[index]) * updates.stride,
        updates.activations.pointer + index * updates.stride, updates.layer.units)
    }
    let scores = self.scores(behind: point + 1, (updates.activations.pointer, updates.stride), rows: count)
    tally.countExamined(count)
    var open = 0
    for index in 0..<count {
      let row = Int(changed[index])
      let own = UnsafePointer(scores.pointer + index * scores.stride)
      let slack = accumulated.slacks.pointer[row]
      // Most steps change no prediction.
      if isAhead(own, Int(accumulated.outcomes.predictions.pointer[row]), by: slack) { continue }
      if let prediction = prediction(own, ifClearOf: slack) {
        accumulated.outcomes.predictions.pointer[row] = Int32(truncatingIfNeeded: prediction)
      } else {
        changed[open] = changed[index]
        open += 1
      }
    }
    accumulated.changedCount = open
  }

  /// Whether the score of a class is above all others by more than `slack`; of a binary head, not found out.
  @_optimize(speed)
  private func isAhead(_ scores: UnsafePointer<Float>, _ prediction: Int, by slack: Float) -> Bool {
    if model.head == .binary { return false }
    var clear = 0
    for rival in 0..<model.classCount { clear += scores[prediction] - scores[rival] > slack ? 1 : 0 }
    // The class itself is not above itself.
    return clear == model.classCount - 1
  }
}
