import AblateRuntime

/// What stands for the values of a channel at all its positions. Raw values are those of `ablate_positions` in the C header.
public enum PositionSummary: Int32, Sendable {
  case mean = 0
  case maximum = 1

  /// y[rows, units] of a layer's values x. Strides in floats.
  package func apply(
    _ x: UnsafePointer<Float>, stride: Int, of layer: Layer, rows: Int, into y: UnsafeMutablePointer<Float>,
    stride yStride: Int, kernels: KernelTable
  ) {
    for row in 0..<rows {
      let (source, target) = (x + row * stride, y + row * yStride)
      switch self {
      case .mean: kernels.globalAverage(source, layer.positions, layer.units, target)
      case .maximum: kernels.globalMaximum(source, layer.positions, layer.units, target)
      }
    }
  }
}
