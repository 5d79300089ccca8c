import AblateRuntime

/// What computes a layer: W x + b and the activation function behind it.
package enum PackedLayer: Sendable {
  case dense(PackedMatrix)
  case convolution(PackedConvolution)

  /// c[rows, values] = activation(W a[rows] + bias). Strides in floats.
  ///
  /// - Parameter team: threads that share the work of each row.
  func apply(
    _ a: UnsafePointer<Float>, stride aStride: Int, into c: UnsafeMutablePointer<Float>, stride cStride: Int, rows: Int,
    activation: Activation, team: ThreadPool? = nil
  ) {
    switch self {
    case .dense(let matrix):
      matrix.multiply(
        a, stride: aStride, into: c, stride: cStride, rows: rows, activation: activation, team: team)
    case .convolution(let convolution):
      convolution.apply(
        a, stride: aStride, into: c, stride: cStride, rows: rows, activation: activation, team: team)
    }
  }
}

extension PackedConvolution {
  /// c[rows, values] = activation(W a[rows] + bias + residual[rows]). Strides in floats.
  ///
  /// - Parameter team: threads that share the work of each row.
  func apply(
    _ a: UnsafePointer<Float>, stride aStride: Int, into c: UnsafeMutablePointer<Float>, stride cStride: Int, rows: Int,
    activation: Activation, residual: (pointer: UnsafePointer<Float>, stride: Int)? = nil, team: ThreadPool?
  ) {
    let parts = team.map { self.parts(threads: $0.threads) } ?? 1
    for row in 0..<rows {
      let (source, target) = (a + row * aStride, c + row * cStride)
      let other = residual.map { $0.pointer + row * $0.stride }
      if let team, parts > 1 {
        team.run(parts) { [self] index, _ in
          apply(source, into: target, activation: activation, residual: other, part: index, of: parts)
        }
      } else {
        apply(source, into: target, activation: activation, residual: other, part: 0, of: 1)
      }
    }
  }
}
