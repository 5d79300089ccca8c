/// The weights and bias of a convolution in the form the kernels read.
public final class PackedConvolution: Sendable {
  public let geometry: WindowGeometry
  public let groups: Int
  public let units: Int
  /// Input channels of a unit.
  public let inputs: Int
  private let kernels: KernelTable
  /// One per group; none if each unit has one channel to itself.
  private let matrices: [PackedMatrix]
  /// [taps, units], where there are no matrices.
  private let depthwise: Buffer<Float>?
  private let bias: Buffer<Float>

  /// Packs weights, [units, kernel height, kernel width, inputs], and bias, [units].
  public init(
    kernels: KernelTable, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>, geometry: WindowGeometry,
    groups: Int, units: Int, inputs: Int
  ) throws(AblateError) {
    self.kernels = kernels
    self.geometry = geometry
    self.groups = groups
    self.units = units
    self.inputs = inputs
    self.bias = try Buffer(count: RowStride.padded(units))
    self.bias.pointer.copy(from: bias, count: units)
    let taps = geometry.taps
    if inputs == 1 && groups == units && groups > 1 {
      let depthwise = try Buffer<Float>(count: RowStride.padded(taps * units))
      for unit in 0..<units {
        for tap in 0..<taps { depthwise.pointer[tap * units + unit] = weights[unit * taps + tap] }
      }
      self.depthwise = depthwise
      matrices = []
      return
    }
    depthwise = nil
    let own = units / groups
    var matrices: [PackedMatrix] = []
    for group in 0..<groups {
      matrices.append(
        try PackedMatrix(
          kernels: kernels, weights: weights + group * own * taps * inputs, unitStride: taps * inputs, inputStride: 1,
          bias: bias + group * own, units: own, inputs: taps * inputs))
    }
    self.matrices = matrices
  }

  /// Whether waking threads takes less than one image does.
  public var isWorthSharing: Bool {
    geometry.outputPositions * units * inputs * geometry.taps > 500_000
  }

  /// Computes some output rows of one image: y[output height, output width, units] = activation(W x + bias + residual), with
  /// x[input height, input width, channels].
  public func apply(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, activation: Activation,
    residual: UnsafePointer<Float>?, outputRows: Range<Int>
  ) {
    if let depthwise {
      return kernels.convolveDepthwise(
        depthwise.pointer, bias.pointer, geometry, x, y, units, outputRows, activation, residual)
    }
    let own = units / groups
    for (group, matrix) in matrices.enumerated() {
      kernels.convolve(
        matrix.weights.pointer, matrix.bias.pointer, geometry, inputs, own, x + group * inputs, groups * inputs,
        y + group * own, units, outputRows, activation, residual.map { $0 + group * own })
    }
  }
}
