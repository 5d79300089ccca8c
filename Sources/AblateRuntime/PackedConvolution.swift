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

  /// How many parts, at most `most`, threads can share one image in: 1 where waking them takes longer than the image.
  public func parts(atMost most: Int) -> Int {
    let work = geometry.outputPositions * units * inputs * geometry.taps
    return work > 500_000 ? min(most, isCutByUnits ? blocks : geometry.outputHeight) : 1
  }

  /// Whether a part is some units of all positions, and reads all inputs, or some rows of all units, and reads all weights.
  private var isCutByUnits: Bool {
    depthwise == nil && (geometry.outputHeight == 1 || groups == 1 && units > 2 * geometry.outputPositions)
  }

  /// What parts of the units consist of: groups, or units that are whole panels for all kernels.
  private var blocks: Int { groups > 1 ? groups : (units + Self.blockUnits - 1) / Self.blockUnits }

  private static let blockUnits = 32

  /// Computes a part of one image: y[output height, output width, units] = activation(W x + bias + residual), with
  /// x[input height, input width, channels].
  public func apply(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, activation: Activation,
    residual: UnsafePointer<Float>?, part: Int, of parts: Int
  ) {
    let count = isCutByUnits ? blocks : geometry.outputHeight
    let share = count * part / parts..<count * (part + 1) / parts
    let rows = isCutByUnits ? 0..<geometry.outputHeight : share
    if let depthwise {
      return kernels.convolveDepthwise(
        depthwise.pointer, bias.pointer, geometry, x, y, units, rows, activation, residual)
    }
    let chosen = isCutByUnits ? share : 0..<blocks
    let own = units / groups
    for group in groups > 1 ? chosen : 0..<1 {
      let matrix = matrices[group]
      let first = groups > 1 ? 0 : chosen.lowerBound * Self.blockUnits
      let last = groups > 1 ? own : min(units, chosen.upperBound * Self.blockUnits)
      let channel = group * own + first
      kernels.convolve(
        matrix.weights.pointer + first * matrix.inputs, matrix.bias.pointer + first, geometry, inputs, last - first,
        x + group * inputs, groups * inputs, y + channel, units, rows, activation, residual.map { $0 + channel })
    }
  }
}
