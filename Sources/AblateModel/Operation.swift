import AblateRuntime

/// A step without units: what is between the layers of a convolutional network.
public final class Operation: Sendable {
  public enum Kind: Sendable {
    /// Of each channel by itself, in windows.
    case pooling(Pooling, WindowGeometry)
    /// Over all positions.
    case globalMaximum
    case globalAverage
    /// Of two points of one shape, and then an activation function.
    case sum(Activation)
    case product
    /// The values of one point, each times that of its channel at another point, which has one position.
    case channelProduct
    /// The channels of some points behind each other.
    case concatenation
    case arrangement(Arrangement)
    case mixture(Mixture)
    case responseNormalization(ResponseNormalization)

    public var name: StaticString {
      switch self {
      case .pooling(.maximum, _): "max pooling"
      case .pooling: "average pooling"
      case .globalMaximum: "global max pooling"
      case .globalAverage: "global average pooling"
      case .sum: "sum"
      case .product, .channelProduct: "product"
      case .concatenation: "concatenation"
      case .arrangement: "arrangement"
      case .mixture: "interpolation"
      case .responseNormalization: "response normalization"
      }
    }
  }

  public let name: String
  public let kind: Kind
  /// Of what it gives.
  public let shape: ValueShape

  /// Whether it gives the mean of each channel of values of this shape: it may see them as another image.
  package func isMean(of values: ValueShape) -> Bool {
    if case .globalAverage = kind { shape.channels == values.channels } else { false }
  }

  package init(name: String, kind: Kind, shape: ValueShape) {
    self.name = name
    self.kind = kind
    self.shape = shape
  }
}

/// y_i = x_s(i), or a constant: other orders of axes, parts of axes, padding.
public final class Arrangement: Sendable {
  /// [values]: where each comes from; -1 for the constant.
  package let sources: Buffer<Int32>
  public let fill: Float
  /// Whether it gives an image, stored [channels, height, width], as [height, width, channels]: inputs mostly start so.
  let isChannelsLast: Bool

  package init(sources: Buffer<Int32>, fill: Float, shape: ValueShape) {
    self.sources = sources
    self.fill = fill
    isChannelsLast = Self.isChannelsLast(sources.pointer, shape)
  }

  private static func isChannelsLast(_ sources: UnsafePointer<Int32>, _ shape: ValueShape) -> Bool {
    for position in 0..<shape.positions {
      let own = sources + position * shape.channels
      for channel in 0..<shape.channels where Int(own[channel]) != channel * shape.positions + position { return false }
    }
    return true
  }
}

/// y_i = Σ weight * x over a few values each: linear interpolation.
public final class Mixture: Sendable {
  /// Terms of each sum.
  package let terms: Int
  /// [values, terms]
  package let sources: Buffer<Int32>
  package let weights: Buffer<Float>

  package init(terms: Int, sources: Buffer<Int32>, weights: Buffer<Float>) {
    self.terms = terms
    self.sources = sources
    self.weights = weights
  }
}

/// y_c = x_c / (bias + alpha / size * Σ x²)^beta, the sum over the `size` channels around c: ONNX's LRN.
public struct ResponseNormalization: Sendable, Equatable {
  public let size: Int
  public let alpha: Float
  public let beta: Float
  public let bias: Float

  public init(size: Int, alpha: Float, beta: Float, bias: Float) {
    self.size = size
    self.alpha = alpha
    self.beta = beta
    self.bias = bias
  }
}
