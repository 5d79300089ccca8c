import AblateModel
import AblateRuntime

/// What a certificate knows about one point of a model: plain pointers, as they are looked up for each row.
struct CertificatePoint: BitwiseCopyable {
  /// A row per class, against its worst rival.
  let worst: LeadBounds
  /// Those for changes of unknown direction, in `raise`.
  let either: LeadBounds
  /// [classes]: see `CertificateTables`.
  let steepest: UnsafePointer<Float>
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
  /// Factor, constant and growth, rounded up: what rounding can do to a lead is at most growth * (constant + the sum of factor *
  /// Σ reach * |value| over this point and those behind it).
  let coarse: (factor: Float, constant: Float, growth: Float)
  /// What rounding can do to a lead per reach * |change| of a value that was changed here.
  let slackPerMove: Float
  let largestReach: Float

  /// - Parameter tables: are kept as long as this is used.
  init(
    _ tables: CertificateTables, factor: Double, chain: (factor: Double, length: Int)?, totalFactor: Double,
    constant: Double, growth: Double
  ) {
    worst = LeadBounds(tables.worst)
    either = LeadBounds(tables.either)
    steepest = UnsafePointer(tables.steepest.pointer)
    rivals = tables.rivals.map { RivalBounds($0) }
    self.factor = factor
    self.chain = chain
    self.constant = constant
    self.growth = growth
    coarse = (
      factor: Self.roundedUp(factor), constant: Self.roundedUp(constant) + Underflow.ofLead,
      growth: Self.roundedUp(4 * growth)
    )
    // A change moves the rounding errors behind it, too, in both scores of a lead.
    slackPerMove = Float(4 * totalFactor * growth) * (1 + 0x1p-20)
    largestReach = Magnitude.largest(worst.reach, count: tables.worst.width)
  }

  private static func roundedUp(_ bound: Double) -> Float { Float(bound) * (1 + 0x1p-10) }

  /// What rounding can do to a lead once a value moved by so much.
  func slack(_ unit: Int, _ move: Float) -> Float { slackPerMove * abs(move) * worst.reach[unit] }

  /// What rounding adds per unit by which a value moves in sums that are kept up to date: twice as much.
  func slackPerAccumulatedMove(_ unit: Int) -> Float { 2 * slackPerMove * worst.reach[unit] }

  /// `factor` for a row with so many values that are not 0, of which two are changed: other terms of a chain are not rounded.
  func factor(nonZeros: Int) -> Double {
    guard let chain else { return factor }
    return factor - chain.factor * (1 - StepErrors.partOfChain(nonZeros: nonZeros, of: chain.length))
  }
}
