import AblateModel
import AblateRuntime

/// How large any value of a row behind a point can get, from the sum of the magnitudes of its values there: where it could overflow,
/// computed scores say nothing about exact ones.
final class MagnitudeBound: Sendable {
  private let slope: Double
  private let offset: Double

  /// - Parameters:
  ///   - point: the first at which values are replaced.
  ///   - largestReplacement: the magnitude of the largest value that takes the place of another.
  init(model: Model, point: Int, largestReplacement: Double) {
    // At each point, |value| <= slope * (sum of magnitudes) + offset, and so for all points before it.
    var slope = 1.0
    var offset = largestReplacement
    for step in model.steps[point...] {
      let (factor, term) = Self.growth(of: step, in: model)
      slope *= max(1, factor)
      offset = offset * max(1, factor) + term + largestReplacement
    }
    self.slope = slope
    self.offset = offset
  }

  private static func growth(of step: Step, in model: Model) -> (factor: Double, term: Double) {
    switch step {
    case .activation(_, let activation, _): return (slope(activation), atZero(activation))
    case .affine(let affine):
      var factor = 0.0
      var term = 0.0
      for column in 0..<affine.width {
        let scale = Double(abs(affine.scale.pointer[column]))
        factor = max(factor, scale)
        term = max(term, scale * Double(abs(affine.center.pointer[column])) + Double(abs(affine.shift.pointer[column])))
      }
      return (factor, term)
    case .dense(let index), .convolution(let index):
      let layer = model.layers[index]
      var factor = 0.0
      var term = 0.0
      for unit in 0..<layer.units {
        let weights = layer.weights.pointer + unit * layer.weightsPerUnit
        factor = max(factor, Double(model.kernels.magnitudes(weights, weights, layer.weightsPerUnit).sum))
        term = max(term, Double(abs(layer.bias.pointer[unit])))
      }
      return (slope(layer.activation) * factor, slope(layer.activation) * term + atZero(layer.activation))
    case .operation(let operation): return growth(of: operation, in: model)
    }
  }

  /// Sums on the way to a mean count, too.
  private static func growth(of operation: Operation, in model: Model) -> (factor: Double, term: Double) {
    switch operation.kind {
    case .pooling(_, let geometry): return (Double(geometry.taps), 0)
    case .globalAverage: return (Double(model.widestPoint), 0)
    case .globalMaximum, .concatenation: return (1, 0)
    case .arrangement(let arrangement): return (1, Double(abs(arrangement.fill)))
    case .sum(let activation): return (2 * slope(activation), atZero(activation))
    case .product, .channelProduct, .mixture, .responseNormalization: return (.infinity, .infinity)
    }
  }

  /// At least 1: the arguments of the function count as values, too.
  private static func slope(_ activation: Activation) -> Double { max(1, Double(activation.lipschitzConstant)) }

  /// No activation function is further from 0 at 0 than this.
  private static func atZero(_ activation: Activation) -> Double { 1 + Double(abs(activation.beta)) }

  /// Whether all values of a row behind the point, masked or not, stay far from overflow.
  ///
  /// - Parameter sum: of the magnitudes of its values at the point.
  @inline(__always)
  func isSafe(sum: Float) -> Bool { slope * Double(sum) + offset < 1e36 }
}
