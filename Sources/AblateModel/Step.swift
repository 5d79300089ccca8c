import AblateRuntime

/// One step of a model's computation. Steps run in order; each reads the values of earlier ones, see `Model.sources`.
public enum Step: Sendable {
  /// A layer, by its number.
  case dense(layer: Int)
  case convolution(layer: Int)
  /// y = (x - center) * scale + shift
  case affine(AffineStep)
  /// An activation function that follows no dense step.
  case activation(name: String, Activation, width: Int)
  case operation(Operation)

  /// Whether it treats a row's values as one list, and is one of those that bounds are known for.
  var isOfChains: Bool {
    switch self {
    case .dense, .activation: true
    case .affine(let affine): affine.positions == 1
    case .convolution, .operation: false
    }
  }
}

extension ErrorText {
  /// How errors call a step: by its name, or by its place if it has none.
  package static func step(_ kind: StaticString, _ name: String, at place: Int) -> ErrorText {
    name.isEmpty ? "the \(kind) at step \(place)" : "\(kind) '\(name)'"
  }
}

/// An elementwise scaling: a scaler in front, or a normalisation between layers.
public final class AffineStep: Sendable {
  public let name: String
  /// Values it has parameters for: all of a row, or the channels of each position.
  public let width: Int
  public let positions: Int
  package let center: Buffer<Float>
  package let scale: Buffer<Float>
  package let shift: Buffer<Float>

  init(
    name: String, width: Int, positions: Int, center: Buffer<Float>, scale: Buffer<Float>, shift: Buffer<Float>,
    parameterCount: Int
  ) {
    self.name = name
    self.width = width
    self.positions = positions
    self.center = center
    self.scale = scale
    self.shift = shift
    self.parameterCount = parameterCount
  }

  /// Of the center, scale and shift that were given.
  public let parameterCount: Int

  /// y[rows, values] from x[rows, values]. Strides in floats.
  func apply(
    _ x: UnsafePointer<Float>, stride xStride: Int, into y: UnsafeMutablePointer<Float>, stride yStride: Int,
    rows: Int, kernels: KernelTable
  ) {
    if positions == 1 {
      return kernels.affine(
        x, xStride, center.pointer, scale.pointer, shift.pointer, y, yStride, rows, width)
    }
    for row in 0..<rows {
      kernels.affine(
        x + row * xStride, width, center.pointer, scale.pointer, shift.pointer, y + row * yStride, width, positions,
        width)
    }
  }
}
