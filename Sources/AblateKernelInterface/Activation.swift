/// An activation function with its parameters.
///
/// Definitions are those of the ONNX operators of the same names.
public struct Activation: Equatable, Sendable {
  /// Raw values are those of `ablate_activation` in the C header.
  public enum Kind: Int32, Sendable, CaseIterable {
    case identity = 0
    case relu = 1
    case leakyReLU = 2
    case elu = 3
    case selu = 4
    case tanh = 5
    case sigmoid = 6
    case softplus = 7
    case gelu = 8
    case geluTanh = 9
    case hardSigmoid = 10
    case hardSwish = 11
    case clip = 12
    case silu = 13
  }

  public let kind: Kind
  /// Slope of leaky ReLU and hard sigmoid, scale of the exponential branch of ELU and SELU, lower limit of clip.
  public let alpha: Float
  /// Outer scale of SELU, offset of hard sigmoid, upper limit of clip.
  public let beta: Float

  public init(_ kind: Kind, alpha: Float, beta: Float = 0) {
    self.kind = kind
    self.alpha = alpha
    self.beta = beta
  }

  /// The function with the default parameters of its ONNX operator.
  public init(_ kind: Kind) {
    switch kind {
    case .leakyReLU: self.init(kind, alpha: 0.01)
    case .elu: self.init(kind, alpha: 1)
    case .selu: self.init(kind, alpha: 1.67326319217681884765625, beta: 1.05070102214813232421875)
    case .hardSigmoid: self.init(kind, alpha: 0.2, beta: 0.5)
    case .clip: self.init(kind, alpha: -.greatestFiniteMagnitude, beta: .greatestFiniteMagnitude)
    default: self.init(kind, alpha: 0)
    }
  }

  public static let identity = Activation(.identity)
  public static let relu = Activation(.relu)
}
