import AblateRuntime

extension Activation {
  /// Whether a larger pre-activation never makes a smaller activation.
  public var isMonotone: Bool {
    switch kind {
    case .identity, .relu, .tanh, .sigmoid, .softplus, .clip: true
    case .leakyReLU, .elu, .hardSigmoid: alpha >= 0
    case .selu: alpha >= 0 && beta >= 0
    case .gelu, .geluTanh, .hardSwish, .silu: false
    }
  }

  /// |f(x) - f(y)| is at most this times |x - y|: the largest magnitude of the derivative, rounded up.
  public var lipschitzConstant: Float {
    switch kind {
    case .identity, .relu, .tanh, .softplus, .clip: 1
    case .leakyReLU, .elu: max(1, abs(alpha))
    case .selu: abs(beta) * max(1, abs(alpha)) * (1 + 0x1p-20)
    case .sigmoid: 0.25
    case .hardSigmoid: abs(alpha)
    // Largest derivatives: 1.1290 at x = 1.41, 1.1290 at x = 1.43, 1.0999 at x = 2.40, 3/2 at x = 3.
    case .gelu, .geluTanh: 1.13
    case .silu: 1.1
    case .hardSwish: 1.5
    }
  }

  /// A computed f(x) is within this times (1 + |f(x)|) of the function itself.
  public var roundingError: Float {
    switch kind {
    case .identity, .relu, .clip: 0
    default: 0x1p-20 * max(1, abs(alpha), abs(beta), abs(alpha * beta))
    }
  }
}
