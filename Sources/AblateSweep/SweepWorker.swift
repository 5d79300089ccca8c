import AblateModel
import AblateRuntime

/// One thread's part of a sweep.
///
/// A block of rows runs through the intact model once. The kind of sweep goes through its items and leaves out the rows that hold the
/// replacement already and those whose prediction is proven to stay. For the others the change is carried through the model behind it,
/// first as an update of the next pre-activations; where rounding leaves the prediction open, or where more than the prediction is asked
/// for, as a run of the changed row. As a row's bits do not depend on the rows beside it, that is what a masked run gives.
final class SweepWorker {
  let tally: Tally
  let block: IntactBlock
  let certificate: Certificate?
  let kernels: KernelTable
  let scratch: SweepScratch
  /// [capacity of a block]: inputs of a unit that are left out one by one.
  let pending: Buffer<Int32>
  let model: Model
  private let kind: any SweepKind
  private let ablated: Executor
  private let intact: Executor
  private let reader: OutcomeReader
  private let rows: AblatedRows
  let updates: [UpdatedRows?]
  /// Of each point of the kind: [capacity].
  let limitsOfManyChanges: [Buffer<Float>?]
  /// [capacity]: lists of rows.
  let scratchRows: Buffer<Int32>
  /// For kinds whose changes accumulate.
  let accumulated: AccumulatedRows?
  /// For pairs of which only counts are asked for.
  private let partners: PartnerCounts?

  init(intact: Executor, plan: SweepPlan) throws(AblateError) {
    let model = intact.model
    self.model = model
    self.intact = intact
    kind = plan.kind
    kernels = model.kernels
    certificate = plan.certificate
    var updates: [UpdatedRows?] = Array(repeating: nil, count: model.steps.count + 1)
    for point in plan.points where certificate != nil {
      updates[point] = try UpdatedRows(
        model: model, point: point, capacity: intact.capacity, outgoing: plan.outgoing[point])
      if point < model.steps.count { try intact.keepPreActivations(ofStep: point) }
      if plan.kind.needsPreActivations { try intact.keepPreActivations(ofStep: point - 1) }
    }
    self.updates = updates
    var limits: [Buffer<Float>?] = Array(repeating: nil, count: model.steps.count + 1)
    for point in plan.points { limits[point] = try Buffer(count: intact.capacity) }
    limitsOfManyChanges = limits
    scratchRows = try Buffer(count: intact.capacity)
    block = try IntactBlock(executor: intact, plan: plan)
    ablated = try Executor(model: model, capacity: intact.capacity)
    for mask in plan.kind.masks { try ablated.prepare(for: mask) }
    reader = try OutcomeReader(model: model, metrics: plan.metrics, capacity: intact.capacity)
    let widest = plan.points.reduce(1) { max($0, model.width(ofPoint: $1)) }
    scratch = try SweepScratch(model: model)
    pending = try Buffer(count: intact.capacity)
    rows = try AblatedRows(widest: widest, capacity: intact.capacity)
    tally = try plan.makeTally()
    partners =
      plan.metrics.isEmpty && certificate != nil
      ? try plan.kind.unitPairs.map { (pairs) throws(AblateError) in try PartnerCounts(pairs) } : nil
    accumulated =
      plan.kind.changesAccumulate
      ? try AccumulatedRows(
        width: widest, scores: model.outputWidth, measures: tally.measures.perRow, capacity: intact.capacity) : nil
  }

  /// Runs all items over a block of rows and counts.
  func run(_ x: UnsafePointer<Float>, targets: Targets, rows: Int, firstRow: Int) {
    block.run(x, targets: targets, rows: rows, firstRow: firstRow)
    for row in 0..<rows {
      tally.countIntact(block.prediction(row), block.measures(row), label: targets.label(row))
    }
    kind.visit(self)
  }

  /// Whether the prediction of a row is proven to stay, rival by rival.
  func isProven(row: Int, at point: Int, _ change: Change) -> Bool {
    let later = change.secondPoint < 0 ? point : change.secondPoint
    guard let pairs = certificate?.points[point]?.pairs, let laterPairs = certificate?.points[later]?.pairs else {
      return false
    }
    let first = change.value - block.values(row, at: point)[change.unit]
    let second = change.secondUnit < 0 ? 0 : change.secondValue - block.values(row, at: later)[change.secondUnit]
    let prediction = block.prediction(row)
    for rival in 0..<model.classCount where rival != prediction {
      let lead = prediction * model.classCount + rival
      var effect = Self.effect(of: first, pairs, lead * pairs.stride + change.unit)
      if change.secondUnit >= 0 {
        effect += Self.effect(of: second, laterPairs, lead * laterPairs.stride + change.secondUnit)
      }
      guard effect < block.limit(row, at: point, rival: rival) - change.slack else { return false }
    }
    return true
  }

  private static func effect(of change: Float, _ bounds: Sensitivity, _ index: Int) -> Float {
    change < 0 ? -change * bounds.lower.pointer[index] : change * bounds.raise.pointer[index]
  }

  /// Finds the outcome of a row with an item ablated.
  func examine(item: Int, row: Int, at point: Int, _ change: Change) {
    let origin = Origin(row: row, item: item)
    tally.countExamined(1)
    if change.synapse < 0, change.secondPoint < 0, let weights = scoreWeights(behind: point) {
      return examine(origin, at: point, change, weights)
    }
    guard let update = updates[point] else { return rerun(origin, at: point, change) }
    update.append(
      UpdatedRows.Entry(origin: origin, change: change, slack: slack(row: row, at: point, change)),
      preActivations: block.preActivations(row, ofStep: point), inputs: block.values(row, at: point), kernels: kernels)
    if update.isFull { flush(update) }
  }

  /// The same where the update gives the scores themselves.
  private func examine(
    _ origin: Origin, at point: Int, _ change: Change, _ weights: (pointer: UnsafePointer<Float>, stride: Int)
  ) {
    let values = block.values(origin.row, at: point)
    let scores = scratch.updatedScores.pointer
    kernels.addScaled(
      block.preActivations(origin.row, ofStep: point), change.value - values[change.unit],
      weights.pointer + change.unit * weights.stride, scores, model.classCount)
    if change.hasSecondHere {
      kernels.addScaled(
        scores, change.secondValue - values[change.secondUnit],
        weights.pointer + change.secondUnit * weights.stride, scores, model.classCount)
    }
    if let prediction = prediction(scores, ifClearOf: slack(row: origin.row, at: point, change)) {
      count(origin, prediction)
    } else {
      rerun(origin, at: point, change)
    }
  }

  private func slack(row: Int, at point: Int, _ change: Change) -> Float {
    var slack = block.slack(row, at: point) + change.slack + slack(row: row, at: point, change.unit, change.value)
    if change.secondUnit >= 0 {
      let later = change.secondPoint < 0 ? point : change.secondPoint
      slack += self.slack(row: row, at: later, change.secondUnit, change.secondValue)
    }
    return slack
  }

  func slack(row: Int, at point: Int, _ unit: Int, _ value: Float) -> Float {
    guard let bounds = certificate?.points[point] else { return .nan }
    return bounds.slackPerMove * abs(value - block.values(row, at: point)[unit]) * bounds.worst.reach.pointer[unit]
  }

  /// Finishes what is open at a point.
  func flush(at point: Int) {
    if let update = updates[point] { flush(update) }
    flushRows(at: point)
  }

  private func flush(_ update: UpdatedRows) {
    if update.count == 0 { return }
    let scores = update.run(on: ablated, secondPoint: kind.secondPoint)
    var unclear = 0
    for index in 0..<update.count {
      let entry = update.entry(index)
      let values = scores.pointer + index * scores.stride
      if let prediction = prediction(values, ifClearOf: entry.slack) {
        count(entry.origin, prediction)
      } else {
        // Not run right away: that would take the place of the scores.
        update.keep(entry, at: unclear)
        unclear += 1
      }
    }
    rerun(update, count: unclear)
    update.removeAll()
  }

  /// Counts what a row of the block is predicted as with an item ablated.
  func countPrediction(of item: Int, row: Int, _ prediction: Int) {
    tally.countPrediction(
      of: item, row: block.firstRow + row, from: block.prediction(row), to: prediction,
      label: block.targets.label(row))
  }

  /// Counts what a unit does to a row for all its partners that hold their replacements, and returns true, if they are counted apart.
  func countPartners(
    of unit: Int, row: Int, _ prediction: Int, where holdsReplacement: (_ partner: Int) -> Bool
  ) -> Bool {
    guard let partners else { return false }
    partners.count(
      ItemTally(from: block.prediction(row), to: prediction, label: block.targets.label(row)), unit: unit,
      where: holdsReplacement)
    return true
  }

  /// Adds all that was counted to `total`, unless that is nil, and starts anew.
  func moveCounts(to total: Tally?) {
    if let total {
      partners?.move(to: total)
      tally.move(to: total)
    } else {
      partners?.removeAll()
      tally.reset()
    }
  }

  private func count(_ origin: Origin, _ prediction: Int) {
    if prediction == block.prediction(origin.row) { return }
    countPrediction(of: origin.item, row: origin.row, prediction)
    kind.predictionChanged(self, item: origin.item, row: origin.row, to: prediction)
  }

  /// The class whose score is above all others by more than `slack`; nil if there is none.
  func prediction(_ scores: UnsafePointer<Float>, ifClearOf slack: Float) -> Int? {
    if model.head == .binary { return abs(scores[0]) > slack ? (scores[0] > 0 ? 1 : 0) : nil }
    var best = 0
    for index in 1..<model.classCount where scores[index] > scores[best] { best = index }
    for index in 0..<model.classCount where index != best && !(scores[best] - scores[index] > slack) { return nil }
    return best
  }

  func rerun(_ origin: Origin, at point: Int, _ change: Change) {
    let width = model.width(ofPoint: point)
    let target = rows.append(origin, change, stride: RowStride.padded(width))
    target.copy(from: block.values(origin.row, at: point), count: width)
    change.apply(to: target)
    tally.countRerun(1)
    if rows.isFull { flushRows(at: point) }
  }

  private func flushRows(at point: Int) {
    if rows.count == 0 { return }
    var scores = (pointer: rows.values.pointer, stride: RowStride.padded(model.width(ofPoint: point)))
    if point < model.steps.count {
      scores = ablated.run(from: point, scores, rows: rows.count, secondPoint: kind.secondPoint) { rows.change($0) }
    }
    read(scores, rows: rows.count) { rows.origin($0) }
    rows.removeAll()
  }

  /// Runs the whole block with a mask, from the first layer it changes: there only what it changes is computed.
  func runBlock(item: Int, mask: ResolvedMask) {
    guard let layer = mask.firstLayer else { return }
    let step = model.stepOfLayer[layer]
    let activations = ablated.values(ofStep: step)
    activations.pointer.copy(from: block.values(0, at: step + 1), count: block.rows * activations.stride)
    let inputStride = step == 0 ? model.inputWidth : intact.values(ofStep: step - 1).stride
    ablated.apply(
      mask, layer: layer, inputs: block.values(0, at: step), stride: inputStride, rows: block.rows,
      firstRow: block.firstRow)
    ablated.run(
      steps: step + 1..<model.steps.count, from: activations.pointer, stride: activations.stride, rows: block.rows,
      firstRow: block.firstRow, mask: mask)
    let scores = ablated.values(ofLayer: model.outputLayer)
    read(scores, rows: block.rows) { Origin(row: $0, item: item) }
  }

  /// Runs listed rows of the block with a mask that replaces units only, from the first point it changes.
  func run(item: Int, mask: ResolvedMask, from first: PointChanges, rows: UnsafePointer<Int32>, _ count: Int) {
    let activations = ablated.values(ofStep: first.point - 1)
    for index in 0..<count {
      let target = activations.pointer + index * activations.stride
      target.copy(from: block.values(Int(rows[index]), at: first.point), count: activations.stride)
      for (unit, value) in first.units { target[unit] = value }
    }
    ablated.run(
      steps: first.point..<model.steps.count, from: activations.pointer, stride: activations.stride, rows: count,
      mask: mask)
    read(ablated.values(ofLayer: model.outputLayer), rows: count) { Origin(row: Int(rows[$0]), item: item) }
  }

  /// Runs the accumulated rows that changed, as masked runs do.
  func runAccumulated(
    at point: Int, _ body: (_ row: Int, _ prediction: Int, _ measures: UnsafePointer<Float>) -> Void
  ) {
    guard let accumulated, accumulated.changedCount > 0 else { return }
    let count = accumulated.changedCount
    let changed = accumulated.changed.pointer
    for index in 0..<count {
      (rows.values.pointer + index * accumulated.stride).copy(
        from: accumulated.values.pointer + Int(changed[index]) * accumulated.stride, count: accumulated.stride)
    }
    var scores = (pointer: rows.values.pointer, stride: accumulated.stride)
    if point < model.steps.count {
      ablated.run(steps: point..<model.steps.count, from: scores.pointer, stride: scores.stride, rows: count)
      scores = ablated.values(ofLayer: model.outputLayer)
    }
    reader.read(
      scores: scores.pointer, stride: scores.stride, rows: count, block: block, origin: { Int(changed[$0]) },
      take: { index, prediction, measures in body(Int(changed[index]), prediction, measures) })
    accumulated.changedCount = 0
  }

  private func read(
    _ scores: (pointer: UnsafeMutablePointer<Float>, stride: Int), rows: Int,
    origin: (_ row: Int) -> Origin
  ) {
    reader.read(
      scores: scores.pointer, stride: scores.stride, rows: rows, block: block, origin: { origin($0).row },
      take: { index, prediction, measures in
        let origin = origin(index)
        tally.countMeasures(
          of: origin.item, from: block.measures(origin.row), to: measures, label: block.targets.label(origin.row))
        count(origin, prediction)
      })
  }
}
