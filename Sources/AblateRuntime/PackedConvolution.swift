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

  /// How many parts some threads share one image in: 1 where the parts are done before another thread would know of them.
  ///
  /// Many rows are cut finer, so that a thread that was held up does less of them. Finer cuts of few would be uneven, and read what the
  /// parts have in common more often.
  public func parts(threads: Int) -> Int {
    // Each product of a depthwise convolution has inputs of its own to read.
    let work = geometry.outputPositions * units * inputs * geometry.taps * (depthwise == nil ? 1 : 3)
    if work < Self.workWorthThreads { return 1 }
    if isCutByUnits { return min(threads, blocks) }
    return min(geometry.outputHeight, geometry.outputHeight < 8 * threads ? threads : 2 * threads)
  }

  /// Multiply-adds of a row that take longer than it does to wake a thread.
  private static var workWorthThreads: Int { 250_000 }

  /// Whether a part is some units of all positions, and reads all inputs, or some rows of all units, and reads all weights.
  private var isCutByUnits: Bool {
    depthwise == nil && (geometry.outputHeight == 1 || groups == 1 && units > 2 * geometry.outputPositions)
  }

  /// What parts of the units consist of: groups or panels.
  private var blocks: Int { groups > 1 ? groups : kernels.panelCount(units) }

  /// Units of a panel.
  private var blockUnits: Int { 32 / kernels.panelCount(32) }

  /// Computes a part of one image: y[output height, output width, units] = activation(W x + bias + residual), with
  /// x[input height, input width, channels].
  public func apply(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, activation: Activation,
    residual: UnsafePointer<Float>?, part: Int, of parts: Int
  ) {
    let count = isCutByUnits ? blocks : geometry.outputHeight
    let share = count * part / parts..<count * (part + 1) / parts
    let rows = isCutByUnits ? 0..<geometry.outputHeight : share
    compute(x, into: y, rows, blocks: isCutByUnits ? share : 0..<blocks, activation, residual)
  }

  /// Computes some rows of all units, or of some of their blocks if there is no depthwise convolution.
  private func compute(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, _ rows: Range<Int>, blocks chosen: Range<Int>,
    _ activation: Activation, _ residual: UnsafePointer<Float>?
  ) {
    if let depthwise {
      return kernels.convolveDepthwise(
        depthwise.pointer, bias.pointer, geometry, x, y, units, rows, activation, residual)
    }
    let own = units / groups
    for group in groups > 1 ? chosen : 0..<1 {
      let matrix = matrices[group]
      let first = groups > 1 ? 0 : chosen.lowerBound * blockUnits
      let last = groups > 1 ? own : min(units, chosen.upperBound * blockUnits)
      let channel = group * own + first
      kernels.convolve(
        matrix.weights.pointer + first * matrix.inputs, matrix.bias.pointer + first, geometry, inputs, last - first,
        x + group * inputs, groups * inputs, y + channel, units, rows, activation, residual.map { $0 + channel })
    }
  }

  /// Computes one image, and pools it a few rows at a time, while these are in the second-level cache: y as `apply`, of which rows that
  /// no window reaches stay as they are, and pooled[windows.output height, windows.output width, units].
  public func apply(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, activation: Activation, _ pooling: Pooling,
    _ windows: WindowGeometry, into pooled: UnsafeMutablePointer<Float>
  ) {
    let reach = (windows.kernelHeight - 1) * windows.dilationY + 1
    let cachedRows = Self.pooledFloats / (geometry.outputWidth * units)
    let step = max(1, (cachedRows - reach) / windows.strideY + 1)
    var computed = 0
    for first in stride(from: 0, to: windows.outputHeight, by: step) {
      let band = first..<min(first + step, windows.outputHeight)
      let end = min(geometry.outputHeight, (band.upperBound - 1) * windows.strideY - windows.padTop + reach)
      if computed < end { compute(x, into: y, computed..<end, blocks: 0..<blocks, activation, nil) }
      computed = max(computed, end)
      kernels.pool(pooling, windows, units, y, pooled, band)
    }
  }

  /// Floats that are pooled while they are near.
  private static var pooledFloats: Int { 96 * 1024 }
}
