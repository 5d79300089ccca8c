import AblateRuntime

/// What computes a layer: W x + b and the activation function behind it.
enum PackedLayer: Sendable {
  case dense(PackedMatrix)
  case convolution(PackedConvolution)

  /// c[rows, values] = activation(W a[rows] + bias). Strides in floats.
  func apply(
    _ a: UnsafePointer<Float>, stride aStride: Int, into c: UnsafeMutablePointer<Float>, stride cStride: Int, rows: Int,
    activation: Activation
  ) {
    switch self {
    case .dense(let matrix):
      matrix.multiply(a, stride: aStride, into: c, stride: cStride, rows: rows, activation: activation)
    case .convolution(let convolution):
      for row in 0..<rows { convolution.apply(a + row * aStride, into: c + row * cStride, activation: activation) }
    }
  }
}
