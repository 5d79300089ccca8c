import AblateModel
import AblateRuntime

/// What the next dense layer gets in place of a layer's removed units: t_j = constants[j] + Σ_k factors[j, k] t_k over kept units k, where
/// t is what enters it.
final class Fold {
  /// [removed]
  let constants: Buffer<Double>
  /// [removed, kept]; nil for zeros.
  let factors: Buffer<Double>?

  /// Each removed unit holds its value of `values`, [units], which goes through the steps up to the next dense layer.
  init(_ surgery: Surgery, layer: Int, holding values: Buffer<Float>) throws(AblateError) {
    let removed = surgery.removed[layer]
    for unit in removed where !values.pointer[unit].isFinite {
      throw AblateError(
        .invalidArgument, "the replacement of unit \(unit) of layer \(layer) is not finite: it cannot be folded")
    }
    let model = surgery.model
    let steps = Surgery.stepsBetween(model, behind: layer)
    var inputs = values
    if !steps.isEmpty {
      inputs = try Buffer(count: values.count)
      let executor = try Executor(model: model, capacity: 1)
      executor.run(
        steps: steps, from: values.pointer, stride: values.count, rows: 1, into: (inputs.pointer, inputs.count))
      withExtendedLifetime(executor) {}
    }
    constants = try Buffer(count: removed.count)
    for (place, unit) in removed.enumerated() { constants.pointer[place] = Double(inputs.pointer[unit]) }
    factors = nil
  }

  /// The kept units make up for them.
  init(
    _ surgery: Surgery, _ moments: Moments, _ method: Compensation, ridge: Double
  ) throws(AblateError) {
    let (removed, kept) = (surgery.removed[moments.layer], surgery.kept[moments.layer])
    let factors = try Buffer<Double>(rows: removed.count, columns: kept.count)
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
    self.factors = factors
  }
}
