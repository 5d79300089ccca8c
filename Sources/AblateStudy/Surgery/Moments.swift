import AblateModel
import AblateRuntime

/// Means and mean products of what a hidden layer gives the next one, over some rows: its activations, behind any steps between the two
/// layers. Immutable once made.
public final class Moments {
  public let layer: Int
  let units: Int
  /// [units]
  let means: Buffer<Double>
  /// [units, units]: the mean of t_i t_j, not centred. Only the part with j <= i is set.
  let products: Buffer<Double>

  init(model: Model, layer: Int) throws(AblateError) {
    self.layer = layer
    units = model.layers[layer].units
    means = try Buffer(count: units)
    products = try Buffer(rows: units, columns: units)
  }

  /// From moments of the layer's activations themselves, in float64: means is [units], gram is [units, units], the mean over rows of the
  /// products of two activations, not centred. Both are copied.
  ///
  /// - Throws: `invalidArgument` for the output layer and for values that are not finite; `unsupported` if an activation function of its
  ///   own stands between the layer and the next.
  public convenience init(
    model: Model, layer: Int, means: UnsafePointer<Double>, gram: UnsafePointer<Double>
  ) throws(AblateError) {
    try Self.requireHidden(layer, of: model)
    try self.init(model: model, layer: layer)
    let units = units
    for unit in 0..<units {
      self.means.pointer[unit] = means[unit]
      for other in 0...unit { products.pointer[unit * units + other] = gram[unit * units + other] }
    }
    for step in Surgery.stepsBetween(model, behind: layer) {
      guard case .affine(let affine) = model.steps[step] else {
        throw AblateError(
          .unsupported,
          "an activation function of its own follows layer \(layer): moments of the layer do not tell those behind it, rows do"
        )
      }
      scale(by: affine)
    }
    try requireFinite()
  }

  static func requireHidden(_ layer: Int, of model: Model) throws(AblateError) {
    try model.require(layer: layer)
    try model.requireChain("compensation by other units", of: [layer])
    if layer == model.outputLayer {
      throw AblateError(.invalidArgument, "moments are of hidden layers: layer \(layer) is the output layer")
    }
  }

  func requireFinite() throws(AblateError) {
    for unit in 0..<units {
      for other in 0...unit where !products.pointer[unit * units + other].isFinite {
        throw AblateError(
          .invalidArgument, "the products of units \(other) and \(unit) of layer \(layer) are not finite")
      }
      if !means.pointer[unit].isFinite {
        throw AblateError(.invalidArgument, "the mean of unit \(unit) of layer \(layer) is not finite")
      }
    }
  }

  /// Makes them those of y = a x + b.
  private func scale(by affine: AffineStep) {
    func coefficients(_ unit: Int) -> (a: Double, b: Double) {
      let a = Double(affine.scale.pointer[unit])
      return (a, Double(affine.shift.pointer[unit]) - Double(affine.center.pointer[unit]) * a)
    }
    for unit in 0..<units {
      let own = coefficients(unit)
      for other in 0...unit {
        let (a, b) = coefficients(other)
        let index = unit * units + other
        products.pointer[index] =
          own.a * a * products.pointer[index] + own.a * b * means.pointer[unit] + own.b * a * means.pointer[other]
          + own.b * b
      }
    }
    for unit in 0..<units {
      let (a, b) = coefficients(unit)
      means.pointer[unit] = a * means.pointer[unit] + b
    }
  }

  func covariance(_ first: Int, _ second: Int) -> Double {
    let product = products.pointer[max(first, second) * units + min(first, second)]
    return product - means.pointer[first] * means.pointer[second]
  }

  /// The variance; 0 where it is too small a part of the mean square to be more than rounding.
  func variance(_ unit: Int) -> Double {
    let variance = covariance(unit, unit)
    return variance > noise(unit) ? variance : 0
  }

  /// What the rounding of the sums can make of a variance of 0, with a wide margin.
  func noise(_ unit: Int) -> Double { products.pointer[unit * units + unit] * 0x1p-40 }
}
