import AblateRuntime

/// One step of a model's computation. Steps run in order, each on the values of the one before.
public enum Step: Sendable {
  /// A layer, by its number.
  case dense(layer: Int)
  /// y = (x - center) * scale + shift
  case affine(AffineStep)
  /// An activation function that follows no dense step.
  case activation(name: String, Activation, width: Int)
}

/// An elementwise scaling: a scaler in front, or a normalisation between layers.
public final class AffineStep: Sendable {
  public let name: String
  public let width: Int
  package let center: Buffer<Float>
  package let scale: Buffer<Float>
  package let shift: Buffer<Float>

  init(
    name: String, width: Int, center: Buffer<Float>, scale: Buffer<Float>, shift: Buffer<Float>, parameterCount: Int
  ) {
    self.name = name
    self.width = width
    self.center = center
    self.scale = scale
    self.shift = shift
    self.parameterCount = parameterCount
  }

  /// Of the center, scale and shift that were given.
  public let parameterCount: Int
}
