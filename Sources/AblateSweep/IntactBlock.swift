import AblateModel
import AblateRuntime

/// A block of rows run through the intact model: all values, what came out, and what each row can take before its prediction might
/// change.
final class IntactBlock {
  let model: Model
  private let predictions: Buffer<Int32>
  /// [rows, measures per row]
  private let measures: Buffer<Float>
  private(set) var rows = 0
  /// How many blocks there were.
  private(set) var runs = 0
  /// The number of the first row in the whole stream.
  private(set) var firstRow = 0
  /// Of each point, where its values are; the input's change with the block.
  private let places: Buffer<Rows>
  /// Of each step, where its pre-activations are, if they are kept.
  private let preActivations: Buffer<Rows>
  private(set) var targets = Targets()
  /// What ran it, and has its values.
  private(set) var executor: Executor
  let capacity: Int
  private let kind: any SweepKind
  private let certificate: Certificate?
  /// Its points and where it takes magnitudes, for each row without a change of a reference count.
  private let points: UnsafePointer<CertificatePoint?>?
  private let origin: Int?
  private let channelUpdates: [UpdateBounds]
  /// For these: maps of errors, and where the values of one row are at each point.
  let room: Buffer<Float>
  private let rowPlaces: Buffer<UnsafePointer<Float>>
  /// [rows]: how far the score of the prediction is above the next one.
  let leads: Buffer<Float>
  /// [rows]: what rounding from the point that is looked at on can do to a score, at most.
  let errors: Buffer<Float>
  /// [points, capacity]: what rounding behind a point can do to a lead; NaN where that is not known.
  let slacks: Buffer<Float>
  /// [points, capacity]: the largest magnitude of a row's values, NaN if one is NaN; infinity where that is not known.
  let largest: Buffer<Float>
  /// [rows]: the sums of reach * |value| at the origin of the certificate, and at the point that is looked at.
  let originSums: Buffer<Float>
  let sums: Buffer<Float>
  /// Weights for points without any.
  private let zeros: Buffer<Float>
  private let reader: OutcomeReader
  /// The weights of the output layer by input, if its values are the scores and its inputs are replaced.
  let scoreWeights: Buffer<Float>?

  private struct Rows: BitwiseCopyable {
    var pointer: UnsafePointer<Float>
    var stride: Int
  }

  /// - Parameter executor: keeps all pre-activations that it is going to.
  init(executor: Executor, plan: SweepPlan) throws(AblateError) {
    let certificate = plan.certificate
    self.certificate = certificate
    points = certificate.map { UnsafePointer($0.points.pointer) }
    origin = certificate?.origin
    channelUpdates = plan.channelUpdatesOfPoints
    rowPlaces = try Buffer(count: plan.model.steps.count + 1)
    room = try Buffer(count: channelUpdates.isEmpty ? 0 : 3 * RowStride.padded(plan.model.widestPoint))
    scoreWeights = plan.scoreWeights
    model = executor.model
    self.executor = executor
    capacity = executor.capacity
    kind = plan.kind
    predictions = try Buffer(count: executor.capacity)
    leads = try Buffer(count: executor.capacity)
    originSums = try Buffer(count: executor.capacity)
    sums = try Buffer(count: executor.capacity)
    zeros = try Buffer(count: RowStride.padded(model.widestPoint))
    reader = try OutcomeReader(model: model, metrics: plan.metrics, capacity: executor.capacity)
    measures = try Buffer(rows: executor.capacity, columns: reader.measures.perRow)
    places = try Buffer(count: model.steps.count + 1)
    preActivations = try Buffer(count: model.steps.count)
    for step in model.steps.indices {
      let values = executor.values(ofStep: step)
      places.pointer[step + 1] = Rows(pointer: values.pointer, stride: values.stride)
      let kept = executor.preActivations(ofStep: step)
      preActivations.pointer[step] = Rows(pointer: kept.pointer, stride: kept.stride)
    }
    errors = try Buffer(count: executor.capacity)
    slacks = try Buffer(rows: model.steps.count + 1, columns: executor.capacity)
    slacks.pointer.update(repeating: .nan, count: slacks.count)
    largest = try Buffer(rows: model.steps.count + 1, columns: executor.capacity)
    largest.pointer.update(repeating: .infinity, count: largest.count)
  }

  /// Shows another block of the same plan. From then on this one cannot run; the other must not run while this one is read.
  func show(_ other: IntactBlock) {
    targets = other.targets
    rows = other.rows
    runs &+= 1
    firstRow = other.firstRow
    executor = other.executor
    places.pointer.copy(from: other.places.pointer, count: places.count)
    preActivations.pointer.copy(from: other.preActivations.pointer, count: preActivations.count)
    predictions.pointer.copy(from: other.predictions.pointer, count: predictions.count)
    measures.pointer.copy(from: other.measures.pointer, count: measures.count)
    leads.pointer.copy(from: other.leads.pointer, count: leads.count)
    slacks.pointer.copy(from: other.slacks.pointer, count: slacks.count)
    largest.pointer.copy(from: other.largest.pointer, count: largest.count)
  }

  @_optimize(speed)
  func run(_ x: UnsafePointer<Float>, targets: Targets, rows: Int, firstRow: Int) {
    places.pointer[0] = Rows(pointer: x, stride: model.inputWidth)
    self.targets = targets
    self.rows = rows
    runs &+= 1
    self.firstRow = firstRow
    // Rows are brought near for the first layer, other values by the last one.
    if origin == 0 { sumMagnitudes(at: 0, into: originSums) }
    executor.run(
      steps: 0..<model.steps.count, from: x, stride: model.inputWidth, rows: rows, firstRow: firstRow, mask: kind.base)
    if let origin, origin > 0 { sumMagnitudes(at: origin, into: originSums) }
    let scores = executor.scores
    let perRow = reader.measures.perRow
    reader.read(
      scores: scores.pointer, stride: scores.stride, rows: rows, block: self, origin: { $0 },
      take: { row, prediction, own in
        predictions.pointer[row] = Int32(truncatingIfNeeded: prediction)
        if perRow > 0 { (measures.pointer + row * perRow).copy(from: own, count: perRow) }
      })
    if certificate == nil && channelUpdates.isEmpty { return }
    findLeads()
    if let certificate { findSlacks(certificate) }
    for bounds in channelUpdates { for row in 0..<rows { findSlack(row, bounds) } }
  }

  @inline(__always)
  func prediction(_ row: Int) -> Int { Int(predictions.pointer[row]) }

  /// The figures of a row that are summed up, see `Measures`.
  @inline(__always)
  func measures(_ row: Int) -> UnsafePointer<Float> {
    UnsafePointer(measures.pointer + row * reader.measures.perRow)
  }

  /// A row's values at a point.
  func values(_ row: Int, at point: Int) -> UnsafePointer<Float> {
    let place = places.pointer[point]
    return place.pointer + row * place.stride
  }

  /// Where a row's values are at each point, for the caller to change; valid until the next call.
  func places(ofRow row: Int) -> UnsafeMutablePointer<UnsafePointer<Float>> {
    for point in 0..<rowPlaces.count { (rowPlaces.pointer + point).initialize(to: values(row, at: point)) }
    return rowPlaces.pointer
  }

  /// A row's pre-activations of a step for which they are kept.
  func preActivations(_ row: Int, ofStep step: Int) -> UnsafePointer<Float> {
    let place = preActivations.pointer[step]
    return place.pointer + row * place.stride
  }

  /// What rounding can do to any lead of the row; NaN if that is not known.
  @inline(__always)
  func slack(_ row: Int, at point: Int) -> Float { slacks.pointer[point * capacity + row] }

  /// The largest magnitude of a row's values at a point, NaN if one is NaN, or infinity if that is not known.
  @inline(__always)
  func largest(_ row: Int, at point: Int) -> Float { largest.pointer[point * capacity + row] }

  /// Whatever moves the lead of a row's prediction by less cannot change it. NaN, which nothing is less than, if that is not known.
  @inline(__always)
  func limit(_ row: Int, at point: Int) -> Float { leads.pointer[row] - slack(row, at: point) }

  /// Whatever moves the lead over one rival by less cannot take it away.
  @inline(__always)
  func limit(_ row: Int, at point: Int, rival: Int) -> Float {
    guard model.head != .binary else { return limit(row, at: point) }
    let scores = values(row, at: model.steps.count)
    return (scores[prediction(row)] - scores[rival]) * Self.roundingDown - slack(row, at: point)
  }

  /// The limits of all rivals; infinity for the prediction itself.
  @_optimize(speed)
  func findLimits(_ row: Int, at point: Int, into limits: UnsafeMutablePointer<Float>) {
    for rival in 0..<model.classCount { limits[rival] = limit(row, at: point, rival: rival) }
    limits[prediction(row)] = .infinity
  }

  /// What is known of a point; nil without a certificate, and before the points it is about.
  @inline(__always)
  func bounds(at point: Int) -> CertificatePoint? { points?[point] }

  /// The magnitudes of a row's values at a point, weighted by their reach if that is known there.
  func magnitudes(_ row: Int, at point: Int) -> RowMagnitudes {
    model.kernels.magnitudes(values(row, at: point), reach(at: point), model.width(ofPoint: point))
  }

  /// Of all rows at a point, and finds the largest there.
  func sumMagnitudes(at point: Int, into sums: Buffer<Float>) {
    let place = places.pointer[point]
    model.kernels.weightedMagnitudes(
      place.pointer, place.stride, rows, model.width(ofPoint: point), reach(at: point), sums.pointer,
      largest.pointer + point * capacity)
  }

  private func reach(at point: Int) -> UnsafePointer<Float> {
    bounds(at: point)?.worst.reach ?? UnsafePointer(zeros.pointer)
  }

  @_optimize(speed)
  private func findLeads() {
    let scores = executor.scores
    if model.head == .binary {
      for row in 0..<rows { leads.pointer[row] = abs(scores.pointer[row * scores.stride]) }
    } else {
      model.kernels.leads(
        scores.pointer, scores.stride, predictions.pointer, rows, model.classCount, leads.pointer)
    }
    for row in 0..<rows { leads.pointer[row] *= Self.roundingDown }
  }

  private static var roundingDown: Float { 1 - 0x1p-20 }
}
