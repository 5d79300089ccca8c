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
