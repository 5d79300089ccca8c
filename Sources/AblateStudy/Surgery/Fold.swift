import AblateModel
import AblateRuntime

/// What the next dense layer gets in place of a layer's removed units: t_j = constants[j] + Σ_k factors[j, k] t_k over kept units k, where
/// t is what enters it.
final class Fold {
  /// [removed]
  let constants: Buffer<Double>
  /// [removed, kept]
  let factors: Buffer<Double>

  /// The kept units make up for them.
  init(
    _ surgery: Surgery, _ moments: Moments, _ method: Compensation, ridge: Double
  ) throws(AblateError) {
    let (removed, kept) = (surgery.removed[moments.layer], surgery.kept[moments.layer])
    factors = try Buffer(rows: removed.count, columns: kept.count)
    constants = try Buffer(count: removed.count)
    switch method {
    case .correlated: moments.correlate(removed, with: kept, into: factors)
    case .leastSquares: try moments.regress(removed, on: kept, ridge: ridge, into: factors)
    }
    for (place, unit) in removed.enumerated() {
      var constant = moments.means.pointer[unit]
      for (index, other) in kept.enumerated() {
        constant -= factors.pointer[place * kept.count + index] * moments.means.pointer[other]
      }
      constants.pointer[place] = constant
    }
  }
}
