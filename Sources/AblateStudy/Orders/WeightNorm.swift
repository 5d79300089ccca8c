import AblateModel
import AblateRuntime

/// The size of a unit's incoming weights, its bias not among them. Raw values are those of `ablate_weight_norm` in the C header.
public enum WeightNorm: Int32, Sendable {
  /// The sum of magnitudes.
  case l1 = 1
  /// The root of the sum of squares.
  case l2 = 2

  /// Writes the norm of each unit of a layer, summed in float64 in the order of the inputs.
  public func of(_ layer: Layer, into norms: UnsafeMutablePointer<Double>) {
    for unit in 0..<layer.units { norms[unit] = of(layer, unit: unit) }
  }

  func of(_ layer: Layer, unit: Int) -> Double {
    let weights = layer.weightValues
    var sum = 0.0
    for input in 0..<layer.weightsPerUnit {
      let weight = Double(weights[unit * layer.weightsPerUnit + input])
      sum += self == .l1 ? abs(weight) : weight * weight
    }
    return self == .l1 ? sum : sum.squareRoot()
  }
}
