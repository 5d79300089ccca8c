import AblateKernelInterface

/// The weights and bias of a dense layer in the form the kernels read.
public final class PackedMatrix: Sendable {
  public let inputs: Int
  public let units: Int
  let kernels: KernelTable
  let weights: Buffer<Float>
  let bias: Buffer<Float>

  /// Packs weights of which (unit, input) is at `unit * unitStride + input * inputStride`. Both counts are at least 1.
  public init(
    kernels: KernelTable, weights: UnsafePointer<Float>, unitStride: Int, inputStride: Int, bias: UnsafePointer<Float>?,
    units: Int, inputs: Int
  ) throws(AblateError) {
    self.kernels = kernels
    self.inputs = inputs
    self.units = units
    self.weights = try Buffer(count: kernels.packedCount(inputs, units))
    self.bias = try Buffer(count: kernels.packedBiasCount(units))
    kernels.pack(
      weights, unitStride, inputStride, bias, inputs, units, self.weights.pointer, self.bias.pointer)
  }

  /// How many panels the units are packed in: the grain of `panels` in `multiply`.
  public var panelCount: Int { kernels.panelCount(units) }

  /// c[rows, units] = activation(a[rows, inputs] · Wᵀ + bias). Strides in floats; see `RowStride` for what suits the caches.
  ///
  /// - Parameter team: threads that share the panels, if that is worth waking them.
  public func multiply(
    _ a: UnsafePointer<Float>, stride aStride: Int, into c: UnsafeMutablePointer<Float>, stride cStride: Int, rows: Int,
    activation: Activation, team: ThreadPool? = nil
  ) {
    // Rows go through the activation function while they are in the nearest cache.
    let isFused = activation.kind == .identity || activation.kind == .relu
    let step = isFused ? rows : min(rows, Self.activatedRows)
    let panels = panelCount
    let parts = team.map { inputs * units > Self.workWorthThreads ? min(panels, $0.threads) : 1 } ?? 1
    var row = 0
    while row < rows {
      let count = min(step, rows - row)
      let (source, target) = (a + row * aStride, c + row * cStride)
      let isReLU = activation.kind == .relu
      if let team, parts > 1 {
        team.run(parts) { [self] index, _ in
          kernels.gemm(
            weights.pointer, bias.pointer, inputs, units, source, aStride, target, cStride, count,
            panels * index / parts..<panels * (index + 1) / parts, isReLU)
        }
      } else {
        kernels.gemm(
          weights.pointer, bias.pointer, inputs, units, source, aStride, target, cStride, count, 0..<panels, isReLU)
      }
      if !isFused { activate(activation, c + row * cStride, stride: cStride, rows: count) }
      row += count
    }
  }

  /// Its weights by input, held by pointer: who has them keeps the matrix alive.
  package struct InputWeights: BitwiseCopyable {
    private let weights: UnsafePointer<Float>
    private let inputs: Int
    private let units: Int

    package init(of matrix: PackedMatrix) {
      weights = UnsafePointer(matrix.weights.pointer)
      inputs = matrix.inputs
      units = matrix.units
    }

    /// y = z + change * the weights of an input, or relu of that. z can be read and y written up to the next multiple of 16 values.
    @inline(__always)
    package func update(
      _ z: UnsafePointer<Float>, input: Int, change: Float, into y: UnsafeMutablePointer<Float>, isReLU: Bool,
      _ kernels: KernelTable
    ) {
      kernels.addScaledInput(z, change, weights, inputs, units, input, y, isReLU)
    }

    /// See `KernelTable.updatedLead`.
    @inline(__always)
    package func updatedLead(
      _ z: UnsafePointer<Float>, input: Int, change: Float, _ own: UnsafePointer<Float>, _ rival: UnsafePointer<Float>,
      _ kernels: KernelTable
    ) -> Float {
      kernels.updatedLead(z, change, weights, inputs, units, input, own, rival)
    }
  }

  /// Rows without padding are one run of values.
  private func activate(_ activation: Activation, _ c: UnsafeMutablePointer<Float>, stride: Int, rows: Int) {
    if stride == units { return kernels.activate(activation, c, c, rows * units) }
    for row in 0..<rows { kernels.activate(activation, c + row * stride, c + row * stride, units) }
  }

  /// A multiple of all tile heights.
  private static let activatedRows = 48
  /// Multiply-adds of a row that take longer than it does to wake a thread.
  private static let workWorthThreads = 500_000
}
