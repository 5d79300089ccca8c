import AblateModel
import AblateRuntime

extension Activation {
  /// Whether the derivative follows from the value alone.
  var derivativeIsOfValue: Bool {
    switch kind {
    case .identity, .relu, .tanh, .sigmoid: true
    default: false
    }
  }

  /// Multiplies gradients by the derivative, given pre-activations x and activations y. Where there is none, at the bends of ReLU and
  /// the like, it is that of the lower side.
  func multiplyDerivative(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, into gradients: UnsafeMutablePointer<Float>, count: Int
  ) {
    switch kind {
    case .identity: return
    case .relu: clear(gradients, y, outside: 0, .infinity, count)
    case .clip: clear(gradients, x, outside: alpha, beta, count)
    case .sigmoid: for index in 0..<count { gradients[index] *= y[index] * (1 - y[index]) }
    case .tanh: for index in 0..<count { gradients[index] *= 1 - y[index] * y[index] }
    default: for index in 0..<count { gradients[index] *= Float(derivative(Double(x[index]), Double(y[index]))) }
    }
  }

  private func derivative(_ x: Double, _ y: Double) -> Double {
    let alpha = Double(alpha)
    let beta = Double(beta)
    switch kind {
    case .leakyReLU: return x > 0 ? 1 : alpha
    case .elu: return x > 0 ? 1 : y + alpha
    case .selu: return x > 0 ? beta : y + alpha * beta
    case .softplus: return 1 / (1 + exponential(-x))
    case .hardSigmoid:
      // Rounded as the function itself does, so that its bends are where its value comes to an end.
      let line = Float(alpha * x + beta)
      return alpha > 0 ? line > 0 && line <= 1 ? alpha : 0 : line >= 0 && line < 1 ? alpha : 0
    case .hardSwish: return x > -3 ? x <= 3 ? x / 3 + 0.5 : 1 : 0
    case .silu:
      let gate = 1 / (1 + exponential(-x))
      return gate + y * (1 - gate)
    case .gelu:
      // The density of the normal distribution; its distribution function is y / x.
      let density = 0.3989422804014327 * exponential(-x * x / 2)
      return (x == 0 ? 0.5 : y / x) + x * density
    case .geluTanh:
      // y = x (1 + t) / 2 with t = tanh(u).
      let gate = x == 0 ? 0.5 : y / x
      return gate + 2 * x * gate * (1 - gate) * 0.7978845608028654 * (1 + 0.134145 * x * x)
    default: return 1
    }
  }
}

/// Clears the gradients where x is not above `low`, or above `high`. Without branches, which nobody could foresee; no method, of which a
/// copy without its type would be optimised for size.
@inline(never) @_optimize(speed)
private func clear(
  _ gradients: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, outside low: Float, _ high: Float, _ count: Int
) {
  for index in 0..<count {
    let kept: UInt32 = x[index] <= low || x[index] > high ? 0 : .max
    gradients[index] = Float(bitPattern: gradients[index].bitPattern & kept)
  }
}
