import AblateModel
import AblateRuntime

/// Proves for most ablations of a row that its prediction stays: a change cannot reach as far as the lead its prediction has.
///
/// What is proven is about the computed prediction of a masked run, so rounding errors count, see `StepErrors`.
final class Certificate: Sendable {
  let model: Model
  /// Where the magnitudes of a row's values are taken.
  let origin: Int
  /// From the first point where values are replaced to the scores; nil before it.
  let points: Buffer<CertificatePoint?>
  let magnitudes: MagnitudeBound
  /// The magnitude of the largest value that is put in.
  let largestReplacement: Float
  /// What they point to.
  private let tables: [CertificateTables]

  /// More classes than this, and comparing each pair costs more than it decides.
  private static let mostPairedClasses = 16

  /// - Parameters:
  ///   - first: the first point where values are replaced.
  ///   - origin: a point no value before which is changed; values at it are replaced by those up to `largestReplacement`.
  ///   - largestReplacement: the magnitude of the largest value that is put in.
  ///   - replacesScores: whether scores are replaced in rows that other points change, too.
  init(
    model: Model, first: Int, origin: Int, largestReplacement: Float, replacesScores: Bool
  ) throws(AblateError) {
    self.model = model
    self.origin = origin
    self.largestReplacement = largestReplacement
    magnitudes = MagnitudeBound(model: model, point: origin, largestReplacement: Double(largestReplacement))
    let isPairwise = model.classCount <= Self.mostPairedClasses
    let last = model.steps.count
    points = try Buffer(count: last + 1)
    points.pointer.initialize(repeating: nil, count: last + 1)
    var tables: [CertificateTables] = []
    var current = try Sensitivity.ofScores(model, isPairwise: isPairwise)
    var errors = StepErrors()
    var constant = 0.0
    var total = 0.0
    for point in stride(from: last, through: first, by: -1) {
      if point < last {
        let step = model.steps[point]
        errors = StepErrors(of: step, in: model, reach: current, isLast: point == last - 1)
        constant += errors.absolute
        current = try current.passedBack(through: step, of: model, scoresMoveTogether: !replacesScores)
      }
      let before =
        point > 0 ? StepErrors(of: model.steps[point - 1], in: model, reach: current, isLast: true).relative : 0
      let factor = before + errors.chain
      let chain = point < last && errors.chain > 0 ? (errors.chain, model.width(ofPoint: point)) : nil
      total += factor
      // Where errors would grow by half again, nothing is proven.
      let growth = total < 1.0 / 16 ? 1 + 8 * total : .infinity
      let own = try CertificateTables(current, errors: Float(2 * total * growth))
      tables.append(own)
      points.pointer[point] = CertificatePoint(
        own, factor: factor, chain: chain, totalFactor: total, constant: constant, growth: growth)
    }
    self.tables = tables
  }
}
