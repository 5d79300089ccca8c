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
  /// The number of the first row in the whole stream.
  private(set) var firstRow = 0
  private var input: UnsafePointer<Float>?
  private(set) var targets = Targets()
  private let executor: Executor
  private let certificate: Certificate?
  /// [rows]: how far the score of the prediction is above the next one.
  private let leads: Buffer<Float>
  /// Of each point: [rows], what rounding behind it can do to a lead.
  private let slacks: [Buffer<Float>?]
  private let reader: OutcomeReader

  /// - Parameter certificate: nil if nothing is to be proven.
  init(executor: Executor, metrics: Metrics, certificate: Certificate?) throws(AblateError) {
    model = executor.model
    self.executor = executor
    self.certificate = certificate
    predictions = try Buffer(count: executor.capacity)
    leads = try Buffer(count: executor.capacity)
    reader = try OutcomeReader(model: model, metrics: metrics, capacity: executor.capacity)
    measures = try Buffer(rows: executor.capacity, columns: reader.measures.perRow)
    var slacks: [Buffer<Float>?] = []
    for point in 0...model.steps.count {
      slacks.append(certificate?.points[point] == nil ? nil : try Buffer(count: executor.capacity))
    }
    self.slacks = slacks
  }

  func run(_ x: UnsafePointer<Float>, targets: Targets, rows: Int, firstRow: Int) {
    input = x
    self.targets = targets
    self.rows = rows
    self.firstRow = firstRow
    executor.run(steps: 0..<model.steps.count, from: x, stride: model.inputWidth, rows: rows)
    let scores = executor.values(ofLayer: model.outputLayer)
    let perRow = reader.measures.perRow
    reader.read(
      scores: scores.pointer, stride: scores.stride, rows: rows, block: self, origin: { $0 },
      take: { row, prediction, own in
        predictions.pointer[row] = Int32(truncatingIfNeeded: prediction)
        (measures.pointer + row * perRow).copy(from: own, count: perRow)
      })
    if let certificate { for row in 0..<rows { findSlacks(row, certificate) } }
  }

  func prediction(_ row: Int) -> Int { Int(predictions.pointer[row]) }

  /// The figures of a row that are summed up, see `Measures`.
  func measures(_ row: Int) -> UnsafePointer<Float> {
    UnsafePointer(measures.pointer + row * reader.measures.perRow)
  }

  /// A row's values at a point.
  func values(_ row: Int, at point: Int) -> UnsafePointer<Float> {
    if point == 0, let input { return input + row * model.inputWidth }
    let values = executor.values(ofStep: point - 1)
    return UnsafePointer(values.pointer + row * values.stride)
  }

  /// A row's pre-activations of a dense step for which they are kept.
  func preActivations(_ row: Int, ofStep step: Int) -> UnsafePointer<Float> {
    let values = executor.preActivations(ofStep: step)
    return UnsafePointer(values.pointer + row * values.stride)
  }

  /// What rounding can do to any lead of the row; NaN if that is not known.
  func slack(_ row: Int, at point: Int) -> Float { slacks[point]?.pointer[row] ?? .nan }

  /// Whatever moves the lead of a row's prediction by less cannot change it. NaN, which nothing is less than, if that is not known.
  func limit(_ row: Int, at point: Int) -> Float { leads.pointer[row] - slack(row, at: point) }

  /// The same for the lead over one rival.
  func limit(_ row: Int, at point: Int, rival: Int) -> Float {
    guard model.head != .binary else { return limit(row, at: point) }
    let scores = values(row, at: model.steps.count)
    return (scores[prediction(row)] - scores[rival]) * Self.roundingDown - slack(row, at: point)
  }

  private func lead(_ row: Int) -> Float {
    let scores = values(row, at: model.steps.count)
    let prediction = prediction(row)
    if model.head == .binary { return abs(scores[0]) }
    var best = -Float.infinity
    for rival in 0..<model.classCount where rival != prediction { best = max(best, scores[rival]) }
    return scores[prediction] - best
  }

  private func findSlacks(_ row: Int, _ certificate: Certificate) {
    leads.pointer[row] = lead(row) * Self.roundingDown
    let isSafe = certificate.magnitudes.isSafe(values(row, at: certificate.origin))
    var errors = 0.0
    for point in stride(from: model.steps.count, through: 0, by: -1) {
      guard let bounds = certificate.points[point], let slacks = slacks[point] else { break }
      var own = 0.0
      var all = 0.0
      if bounds.factor > 0 {
        let (sum, nonZeros) = model.kernels.weightedMagnitude(
          values(row, at: point), bounds.worst.reach.pointer, bounds.worst.width)
        own = bounds.factor(nonZeros: nonZeros) * Double(sum) * (1 + 0x1p-10)
        all = bounds.factor * Double(sum) * (1 + 0x1p-10)
      }
      let slack = 4 * bounds.growth * (errors + own + bounds.constant)
      errors += all
      slacks.pointer[row] = isSafe ? Float(slack) * (1 + 0x1p-20) : .nan
    }
  }

  private static var roundingDown: Float { 1 - 0x1p-20 }
}
