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
  let points: [CertificatePoint?]
  let magnitudes: MagnitudeBound

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
    magnitudes = MagnitudeBound(model: model, point: origin, largestReplacement: Double(largestReplacement))
    let isPairwise = model.classCount <= Self.mostPairedClasses
    let last = model.steps.count
    var points = [CertificatePoint?](repeating: nil, count: last + 1)
    var current = try Sensitivity.ofScores(model, isPairwise: isPairwise)
    var errors = StepErrors()
    var constant = 0.0
    var total = 0.0
    for point in stride(from: last, through: first, by: -1) {
      if point < last {
        let step = model.steps[point]
        errors = StepErrors(of: step, in: model, reach: current, isLast: point == last - 1)
        constant += errors.absolute
        current = try current.passedBack(
          through: step, of: model, scoresMoveTogether: !replacesScores)
      }
      let own = point > 0 ? StepErrors(of: model.steps[point - 1], in: model, reach: current, isLast: true).relative : 0
      let factor = own + errors.chain
      let chain = point < last && errors.chain > 0 ? (errors.chain, model.width(ofPoint: point)) : nil
      total += factor
      points[point] = try CertificatePoint(
        current, factor: factor, chain: chain, totalFactor: total, constant: constant)
    }
    self.points = points
  }
}

/// What a certificate knows about one point of a model.
final class CertificatePoint: Sendable {
  /// A row per class, against its worst rival.
  let worst: Sensitivity
  /// The same for changes of unknown direction, in `raise`.
  let either: Sensitivity
  /// Rival by rival, for few classes.
  let rivals: RivalBounds?
  /// Bounds the errors of the step before this point and of the chains behind it: times the sum of reach * |value|.
  let factor: Double
  /// The part of the chains, and their length.
  private let chain: (factor: Double, length: Int)?
  /// Bounds the errors behind this point that do not depend on the values.
  let constant: Double
  /// Errors of an error: what all factors behind come to.
  let growth: Double
  /// What rounding can do to a lead per reach * |change| of a value that was changed here.
  let slackPerMove: Float
  let largestReach: Float

  init(
    _ exact: Sensitivity, factor: Double, chain: (factor: Double, length: Int)?, totalFactor: Double, constant: Double
  ) throws(AblateError) {
    // Where errors would grow by half again, nothing is proven.
    growth = totalFactor < 1.0 / 16 ? 1 + 8 * totalFactor : .infinity
    // A change moves the rounding errors behind it, too, in both scores of a lead.
    slackPerMove = Float(4 * totalFactor * growth) * (1 + 0x1p-20)
    largestReach = Replacement.largestMagnitude(exact.reach.pointer, count: exact.width)
    let rounded = try exact.copy()
    let errors = Float(2 * totalFactor * growth)
    rounded.update { column, raise, lower in
      let error = errors * rounded.reach.pointer[column]
      raise = (raise + error) * (1 + 0x1p-20)
      lower = (lower + error) * (1 + 0x1p-20)
    }
    worst = exact.isPairwise ? try rounded.worstRivals() : rounded
    either = try worst.copy()
    either.update { _, raise, lower in raise = max(raise, lower) }
    rivals = exact.isPairwise ? try RivalBounds(rounded) : nil
    self.factor = factor
    self.chain = chain
    self.constant = constant
  }

  /// What rounding can do to a lead once a value moved by so much.
  func slack(_ unit: Int, _ move: Float) -> Float { slackPerMove * abs(move) * worst.reach.pointer[unit] }

  /// The same for a row with so many values that are not 0, of which two are changed: other terms of a chain are not rounded.
  func factor(nonZeros: Int) -> Double {
    guard let chain else { return factor }
    return factor - chain.factor * (1 - StepErrors.partOfChain(nonZeros: nonZeros, of: chain.length))
  }
}
