import AblateKernelInterface

/// Activations that keep values between limits are applied while the sums are in registers.
struct Limits {
  let lower: Float
  let upper: Float
  /// Whether the limits are all there is to the activation.
  let suffice: Bool

  @inline(__always) init(_ activation: Activation) {
    switch activation.kind {
    case .clip: (lower, upper, suffice) = (activation.alpha, activation.beta, true)
    case .relu: (lower, upper, suffice) = (0, .infinity, true)
    case .identity: (lower, upper, suffice) = (-.infinity, .infinity, true)
    default: (lower, upper, suffice) = (-.infinity, .infinity, false)
    }
  }
}
