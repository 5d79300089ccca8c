import AblateModel
import AblateRuntime

/// The bounds of one point of a model with what rounding can do to them.
final class CertificateTables: Sendable {
  /// See `CertificatePoint`.
  let worst: Sensitivity
  let either: Sensitivity
  let rivals: RivalTables?
  /// [classes]: what a lead can lose to any one value per unit of change; NaN if that is not known.
  let steepest: Buffer<Float>

  /// - Parameter errors: what rounding can move a lead by, per reach * |change| of a value.
  init(_ exact: Sensitivity, errors: Float) throws(AblateError) {
    let rounded = try exact.copy()
    rounded.update { column, raise, lower in
      let error = errors * rounded.reach.pointer[column]
      raise = (raise + error) * (1 + 0x1p-20)
      lower = (lower + error) * (1 + 0x1p-20)
    }
    worst = exact.isPairwise ? try rounded.worstRivals() : rounded
    either = try worst.copy()
    either.update { _, raise, lower in raise = max(raise, lower) }
    rivals = exact.isPairwise ? try RivalTables(rounded) : nil
    steepest = try Buffer(count: either.classes)
    for row in 0..<either.classes {
      steepest.pointer[row] = Magnitude.largest(either.growth(row), count: either.width)
    }
  }
}
