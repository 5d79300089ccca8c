import AblateModel
import AblateRuntime

extension SweepWorker {
  /// Finds the outcomes of a row with each of `count` values at a point replaced, one at a time; `first` is the item of the first value.
  @_optimize(speed) @inline(never)
  func examineAll(first: Int, row: Int, at point: Int, replacements: UnsafePointer<Float>, count: Int) {
    let listed = listOpen(row: row, at: point, replacements: replacements, count: count)
    let open = keepUnsettled(row: row, at: point, replacements: replacements, count: listed)
    for index in 0..<open {
      let unit = Int(scratch.indices.pointer[index])
      examine(item: first + unit, row: row, at: point, Change(unit: unit, value: replacements[unit]))
    }
  }

  /// Leaves out of the units listed in `scratch.indices` those whose replacement, besides `first` if that is given, does not change the
  /// prediction, and returns how many are left. All units are at one point.
  @_optimize(speed)
  func keepUnsettled(
    row: Int, at point: Int, replacements: UnsafePointer<Float>, count: Int, besides first: Change? = nil
  ) -> Int {
    guard count > 0, let bounds = certificate?.points.pointer[point] else { return count }
    let indices = scratch.indices.pointer
    guard let outgoing = scoreWeights(behind: point) else {
      guard let rivals = bounds.rivals else { return count }
      findLimits(row: row, at: point, rivals, besides: first)
      let start = rivals.start(of: 0, prediction: block.prediction(row))
      return kernels.unproven(
        block.values(row, at: point), replacements, rivals.raise + start, rivals.lower + start,
        rivals.valueStride, scratch.rivalLimits.pointer, model.classCount, indices, count)
    }
    var scores = block.preActivations(row, ofStep: point)
    var slack = block.slack(row, at: point)
    if let first {
      slack += self.slack(row: row, at: point, first.unit, first.value)
      kernels.addScaled(
        scores, first.value - block.values(row, at: point)[first.unit], outgoing.pointer + first.unit * outgoing.stride,
        scratch.scores.pointer, outgoing.stride)
      scores = UnsafePointer(scratch.scores.pointer)
    }
    let left = kernels.unsettled(
      scores, block.prediction(row), block.values(row, at: point), replacements, outgoing.pointer, outgoing.stride,
      model.classCount, slack, bounds.slackPerMove, bounds.worst.reach, indices, count)
    tally.countExamined(count - left)
    return left
  }

  /// Finds what the lead of a row's prediction over each rival can lose before it changes, besides what `first` takes.
  @_optimize(speed)
  private func findLimits(row: Int, at point: Int, _ rivals: RivalBounds, besides first: Change?) {
    let limits = scratch.rivalLimits.pointer
    let prediction = block.prediction(row)
    for rival in 0..<model.classCount { limits[rival] = block.limit(row, at: point, rival: rival) }
    if let first {
      let start = rivals.start(of: first.unit, prediction: prediction)
      let move = first.value - block.values(row, at: point)[first.unit]
      for rival in 0..<model.classCount { limits[rival] -= Self.effect(of: move, rivals, start + rival) + first.slack }
    }
    limits[prediction] = .infinity
  }
}
