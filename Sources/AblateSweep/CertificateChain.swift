import AblateModel
import AblateRuntime

/// The bounds at the points of a model, from the scores back to one of them. They depend on the model alone, which keeps them: its next
/// sweep finds them there, and adds points in front.
final class CertificateChain: KeptBounds {
  /// From the scores on, each a point further in front.
  private let links: [Link]
  /// Without rounding, of the point furthest in front.
  private let front: Sensitivity
  private let last: Int

  /// Unchecked, as it has pointers to its own tables, which do not change.
  private struct Link: @unchecked Sendable {
    let point: CertificatePoint
    /// What it points to.
    let tables: CertificateTables
    /// What rounding behind the point can do, relative to the values and beside them.
    let total: Double
    let constant: Double

    /// - Parameter errors: of the step behind the point.
    init(
      _ model: Model, at point: Int, _ exact: Sensitivity, errors: StepErrors, behind: Link?
    ) throws(AblateError) {
      let before =
        point > 0 ? StepErrors(of: model.steps[point - 1], in: model, reach: exact, isLast: true).relative : 0
      let factor = before + errors.chain
      let chain = errors.chain > 0 ? (errors.chain, model.width(ofPoint: point)) : nil
      total = (behind?.total ?? 0) + factor
      constant = (behind?.constant ?? 0) + errors.absolute
      // Where errors would grow by half again, nothing is proven.
      let growth = total < 1.0 / 16 ? 1 + 8 * total : .infinity
      tables = try CertificateTables(exact, errors: Float(2 * total * growth))
      self.point = CertificatePoint(
        tables, factor: factor, chain: chain, totalFactor: total, constant: constant, growth: growth)
    }
  }

  /// More classes than this, and comparing each pair costs more than it decides.
  private static let mostPairedClasses = 16

  /// - Parameters:
  ///   - first: the first point that bounds are needed at.
  ///   - replacesScores: whether scores are replaced in rows that other points change, too.
  static func of(_ model: Model, from first: Int, replacesScores: Bool) throws(AblateError) -> CertificateChain {
    if replacesScores { return try CertificateChain(model, from: first, replacesScores: true, behind: nil) }
    // Embedded Swift cannot check a cast; nothing else is kept there.
    let kept = model.bounds.look().map { unsafeDowncast($0, to: CertificateChain.self) }
    if let kept, kept.first <= first { return kept }
    let chain = try CertificateChain(model, from: first, replacesScores: false, behind: kept)
    model.bounds.leave(chain)
    return chain
  }

  private init(
    _ model: Model, from first: Int, replacesScores: Bool, behind: CertificateChain?
  ) throws(AblateError) {
    last = model.steps.count
    var links = behind?.links ?? []
    var front: Sensitivity
    if let behind {
      front = behind.front
    } else {
      front = try Sensitivity.ofScores(model, isPairwise: model.classCount <= Self.mostPairedClasses)
      links.append(try Link(model, at: last, front, errors: StepErrors(), behind: nil))
    }
    for point in stride(from: last - links.count, through: first, by: -1) {
      let step = model.steps[point]
      let errors = StepErrors(of: step, in: model, reach: front, isLast: point == last - 1)
      front = try front.passedBack(through: step, of: model, scoresMoveTogether: !replacesScores)
      links.append(try Link(model, at: point, front, errors: errors, behind: links.last))
    }
    self.links = links
    self.front = front
  }

  var pointCount: Int { links.count }

  private var first: Int { last + 1 - links.count }

  /// Valid as long as the chain is.
  func point(_ index: Int) -> CertificatePoint { links[last - index].point }
}
