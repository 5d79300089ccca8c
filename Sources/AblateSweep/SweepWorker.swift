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
  let lastHidden: LastHiddenLayer?
  /// [capacity of a block]: inputs of a unit that are left out one by one.
  let pending: Buffer<Int32>
  let model: Model
  let kind: any SweepKind
  let ablated: Executor
  let reader: OutcomeReader
  let rows: AblatedRows
  let updates: [UpdatedRows?]
  /// These updates without counts of references: to change one waits for all that was written before.
  private let updatesUncounted: Buffer<Unmanaged<UpdatedRows>?>
  /// [units, stride]: the weights from the inputs of the output layer to the scores, where these are the values behind it.
  private let scoreWeights: (pointer: UnsafePointer<Float>, stride: Int)?
  private let pointOfScoreWeights: Int
  /// Of each point of the kind: [capacity].
  let limitsOfManyChanges: [Buffer<Float>?]
  /// [capacity]: lists of rows.
  let scratchRows: Buffer<Int32>
  /// [capacity]
  let contributedRows: Buffer<ContributedRow>
  let channelUpdates: [UpdateBounds?]
  /// For kinds whose changes accumulate.
  let accumulated: AccumulatedRows?
  /// For pairs of which only counts are asked for.
  let partners: PartnerCounts?
  /// For pairs of units of one layer of the chain that the model ends in.
  let partnerBounds: PartnerBounds?
  /// For synapses of layers in front of the chain that the model ends in.
  let slices: SlicedUnits?
  /// Where others share the items of the block.
  private var turn: ItemTurn?

  init(intact: Executor, plan: SweepPlan) throws(AblateError) {
    let model = intact.model
    self.model = model
    kind = plan.kind
    kernels = model.kernels
    certificate = plan.certificate
    var updates: [UpdatedRows?] = Array(repeating: nil, count: model.steps.count + 1)
    for point in plan.points where certificate?.points.pointer[point] != nil {
      updates[point] = try UpdatedRows(model: model, point: point, capacity: intact.capacity)
      if point < model.steps.count { try intact.keepPreActivations(ofStep: point) }
      if plan.kind.needsPreActivations { try intact.keepPreActivations(ofStep: point - 1) }
    }
    self.updates = updates
    updatesUncounted = try Buffer(count: updates.count)
    for point in updates.indices {
      (updatesUncounted.pointer + point).initialize(to: updates[point].map { Unmanaged.passUnretained($0) })
    }
    lastHidden = plan.lastHidden
    channelUpdates = plan.channelUpdates
    contributedRows = try Buffer(count: plan.channelUpdates.isEmpty ? 0 : intact.capacity)
    for bounds in plan.channelUpdates {
      for contribution in bounds?.update.contributions ?? [] {
        try intact.keepPreActivations(ofStep: contribution.step)
      }
    }
    let last = model.steps.count - 1
    scoreWeights =
      model.head == .binary
      ? nil : plan.scoreWeights.map { (UnsafePointer($0.pointer), RowStride.padded(model.outputWidth)) }
    pointOfScoreWeights = last
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
    tally = try plan.makeTally(isMoved: true)
    let sliced = plan.kind.slicedLayers
    slices = sliced.isEmpty ? nil : try SlicedUnits(model: model, layers: sliced)
    partners =
      plan.metrics.isEmpty && certificate != nil
      ? try plan.kind.unitPairs.map { (pairs) throws(AblateError) in try PartnerCounts(pairs) } : nil
    if plan.kind.unitPairs != nil, let point = plan.points.first, let bounds = certificate?.points.pointer[point] {
      partnerBounds = try PartnerBounds(
        model: model, point: point, certificate: bounds, outgoing: point == last ? scoreWeights : nil)
    } else {
      partnerBounds = nil
    }
    if plan.kind.changesAccumulate {
      var running: AccumulatedUpdates?
      if certificate != nil, let point = plan.points.first {
        running = try AccumulatedUpdates(
          model: model, point: point, capacity: intact.capacity, outgoing: plan.outgoing[point])
      }
      accumulated = try AccumulatedRows(
        width: widest, scores: model.outputWidth, measures: tally.measures.perRow, updates: running,
        capacity: intact.capacity)
    } else {
      accumulated = nil
    }
  }

  /// Runs all items over a block of rows and counts.
  func run(_ x: UnsafePointer<Float>, targets: Targets, rows: Int, firstRow: Int) {
    block.run(x, targets: targets, rows: rows, firstRow: firstRow)
    countIntact(block)
    kind.visit(self)
  }

  /// Runs those parts of the items of another block whose turn it is.
  func run(sharing other: IntactBlock, _ turn: ItemTurn) {
    block.show(other)
    self.turn = turn
    kind.visit(self)
    self.turn = nil
  }

  @_optimize(speed)
  func countIntact(_ block: IntactBlock) {
    let targets = block.targets
    tally.countIntact(
      rows: block.rows, label: { targets.label($0) }, prediction: { block.prediction($0) },
      measures: { block.measures($0) })
  }

  /// Runs a part of the items of the block, unless it is another worker's. All workers come to all parts in the same order.
  ///
  /// - Parameter pairs: the (row, item) pairs that it is: of all parts, those of the block.
  @inline(__always)
  func runPart(pairs: Int, _ body: () -> Void) {
    if let turn { turn.run(pairs: pairs, body) } else { body() }
  }

  /// Runs the rows of the block in parts of some rows each: one alone is sooner done than a part is begun.
  ///
  /// - Parameter items: of each row.
  @inline(__always)
  func runRows(items: Int, _ body: (_ rows: Range<Int>) -> Void) {
    let most = 16
    for first in stride(from: 0, to: block.rows, by: most) {
      let rows = first..<min(block.rows, first + most)
      runPart(pairs: rows.count * items) { body(rows) }
    }
  }

  /// Finds the outcome of a row with an item ablated.
  @_optimize(speed)
  func examine(item: Int, row: Int, at point: Int, _ change: Change) {
    let origin = Origin(row: row, item: item)
    tally.countExamined(1)
    if change.synapse < 0, change.secondPoint < 0, let weights = scoreWeights(behind: point) {
      return examine(origin, at: point, change, weights)
    }
    guard let update = updatesUncounted.pointer[point] else { return rerun(origin, at: point, change) }
    update._withUnsafeGuaranteedRef { update in
      update.append(
        UpdatedRows.Entry(origin: origin, change: change, slack: slack(row: row, at: point, change)),
        prediction: block.prediction(row), preActivations: block.preActivations(row, ofStep: point),
        inputs: block.values(row, at: point), kernels: kernels)
      if update.isFull { flush(update) }
    }
  }

  /// Finds the outcome where the update gives the scores themselves.
  @_optimize(speed)
  private func examine(
    _ origin: Origin, at point: Int, _ change: Change, _ weights: (pointer: UnsafePointer<Float>, stride: Int)
  ) {
    let values = block.values(origin.row, at: point)
    let scores = scratch.updatedScores.pointer
    // Whole vectors: rows of scores and of weights are padded to the same stride.
    kernels.addScaled(
      block.preActivations(origin.row, ofStep: point), change.value - values[change.unit],
      weights.pointer + change.unit * weights.stride, scores, weights.stride)
    if change.hasSecondHere {
      kernels.addScaled(
        scores, change.secondValue - values[change.secondUnit],
        weights.pointer + change.secondUnit * weights.stride, scores, weights.stride)
    }
    if let prediction = prediction(scores, ifClearOf: slack(row: origin.row, at: point, change)) {
      count(origin, prediction)
    } else {
      rerun(origin, at: point, change)
    }
  }

  /// [units, stride]: the weights from a point to the scores, where these are all that is behind it.
  @inline(__always)
  func scoreWeights(behind point: Int) -> (pointer: UnsafePointer<Float>, stride: Int)? {
    point == pointOfScoreWeights ? scoreWeights : nil
  }

  @_optimize(speed)
  private func slack(row: Int, at point: Int, _ change: Change) -> Float {
    guard let bounds = bounds(at: point) else { return .nan }
    let values = block.values(row, at: point)
    var slack =
      block.slack(row, at: point) + change.slack + bounds.slack(change.unit, change.value - values[change.unit])
    if change.hasSecondHere {
      slack += bounds.slack(change.secondUnit, change.secondValue - values[change.secondUnit])
    } else if change.secondUnit >= 0 {
      slack += self.slack(row: row, at: change.secondPoint, change.secondUnit, change.secondValue)
    }
    return slack
  }

  @_optimize(speed)
  func slack(row: Int, at point: Int, _ unit: Int, _ value: Float) -> Float {
    guard let bounds = bounds(at: point) else { return .nan }
    return bounds.slack(unit, value - block.values(row, at: point)[unit])
  }

  /// See `IntactBlock`.
  @inline(__always)
  func bounds(at point: Int) -> CertificatePoint? { block.bounds(at: point) }
}
