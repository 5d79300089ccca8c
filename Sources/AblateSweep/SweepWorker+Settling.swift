import AblateModel
import AblateRuntime

extension SweepWorker {
  /// Finds the outcomes of a row that `forEachOpenRow` leaves open, with each of `count` values at a point replaced, one at a time; `first` is
  /// the item of the first value.
  ///
  /// - Parameter onlyDecline: whether all replacements are 0, and no value is negative.
  @_optimize(speed) @inline(never)
  func examineAll(
    first: Int, row: Int, at point: Int, replacements: UnsafePointer<Float>, onlyDecline: Bool = false, count: Int
  ) {
    let listed = listOpen(row: row, at: point, replacements: replacements, onlyDecline: onlyDecline, count: count)
    let open = keepUnsettled(row: row, at: point, replacements: replacements, count: listed)
    for index in 0..<open {
      let unit = Int(scratch.indices.pointer[index])
      examine(item: first + unit, row: row, at: point, Change(unit: unit, value: replacements[unit]))
    }
  }

  /// Leaves out of the units listed in `scratch.indices` those whose replacement does not change the prediction, and returns how many are
  /// left. All units are at one point.
  @_optimize(speed)
  private func keepUnsettled(
    row: Int, at point: Int, replacements: UnsafePointer<Float>, count: Int
  ) -> Int {
    guard count > 0, let bounds = bounds(at: point) else { return count }
    let indices = scratch.indices.pointer
    guard let outgoing = scoreWeights(behind: point) else {
      guard let rivals = bounds.rivals else { return count }
      let limits = scratch.rivalLimits.pointer
      block.findLimits(row, at: point, into: limits)
      let start = rivals.start(of: 0, prediction: block.prediction(row))
      let left = kernels.unproven(
        block.values(row, at: point), replacements, rivals.raise + start, rivals.lower + start,
        rivals.valueStride, limits, model.classCount, indices, count)
      guard let leads = lastHidden?.leads, leads.point == point else { return left }
      return keepUnsettled(row: row, leads, replacements: replacements, bounds, rivals, count: left)
    }
    let left = kernels.unsettled(
      block.preActivations(row, ofStep: point), block.prediction(row), block.values(row, at: point), replacements,
      outgoing.pointer, outgoing.stride, model.classCount, block.slack(row, at: point), bounds.slackPerMove,
      bounds.worst.reach, indices, count)
    tally.countExamined(count - left)
    return left
  }

  /// Keeps those that the leads themselves, over the rivals that bounds leave open, do not settle.
  @_optimize(speed)
  private func keepUnsettled(
    row: Int, _ leads: UpdatedLeads, replacements: UnsafePointer<Float>, _ bounds: CertificatePoint,
    _ rivals: RivalBounds, count: Int
  ) -> Int {
    let indices = scratch.indices.pointer
    let limits = scratch.rivalLimits.pointer
    let values = block.values(row, at: leads.point)
    let preActivations = block.preActivations(row, ofStep: leads.point)
    let prediction = block.prediction(row)
    var kept = 0
    for position in 0..<count {
      let unit = Int(indices[position])
      let change = replacements[unit] - values[unit]
      let start = rivals.start(of: unit, prediction: prediction)
      // The slack is for chains of a run. Sums by lanes round less often, but in the narrowest layers, where it can be three times more.
      let slack = 4 * (block.slack(row, at: leads.point) + bounds.slack(unit, change))
      var isOpen = false
      for rival in 0..<model.classCount where !isOpen {
        if rivals.effect(of: change, at: start + rival) < limits[rival] { continue }
        let lead = leads.lead(
          of: prediction, over: rival, preActivations, input: unit, change: change, kernels)
        isOpen = !(lead > slack)
      }
      indices[kept] = indices[position]
      kept += isOpen ? 1 : 0
    }
    tally.countExamined(count - kept)
    return kept
  }
}
