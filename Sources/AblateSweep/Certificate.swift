import AblateModel
import AblateRuntime

/// Proves for most ablations of a row that its prediction stays: a change cannot reach as far as the lead its prediction has.
///
/// What is proven is about the computed prediction of a masked run, so rounding errors count, see `StepErrors`.
final class Certificate: Sendable {
  /// The first point where values are replaced.
  let first: Int
  /// Where the magnitudes of a row's values are taken.
  let origin: Int
  /// From the first point where values are replaced to the scores; nil before it.
  let points: Buffer<CertificatePoint?>
  let magnitudes: MagnitudeBound
  /// The magnitude of the largest value that is put in.
  let largestReplacement: Float
  /// What they point to.
  private let chain: CertificateChain

  /// - Parameters:
  ///   - first: the first point where values are replaced.
  ///   - origin: a point no value before which is changed; values at it are replaced by those up to `largestReplacement`.
  ///   - largestReplacement: the magnitude of the largest value that is put in.
  ///   - replacesScores: whether scores are replaced in rows that other points change, too.
  init(
    model: Model, first: Int, origin: Int, largestReplacement: Float, replacesScores: Bool
  ) throws(AblateError) {
    self.first = first
    self.origin = origin
    self.largestReplacement = largestReplacement
    magnitudes = MagnitudeBound(model: model, point: origin, largestReplacement: Double(largestReplacement))
    chain = try CertificateChain.of(model, from: first, replacesScores: replacesScores)
    let last = model.steps.count
    points = try Buffer(count: last + 1)
    points.pointer.initialize(repeating: nil, count: last + 1)
    for point in first...last { points.pointer[point] = chain.point(point) }
  }
}
