import AblateKernelInterface

/// The most outputs of a row that are summed at once.
@inline(__always) private var outputsAtOnce: Int { 7 }

/// A convolution with one input channel for each unit: see `KernelTable.convolveDepthwise`.
struct DepthwiseConvolution {
  let weights: UnsafePointer<Float>
  let bias: UnsafePointer<Float>?
  let geometry: WindowGeometry
  let x: UnsafePointer<Float>
  let y: UnsafeMutablePointer<Float>
  let channels: Int
  let activation: Activation
  let residual: UnsafePointer<Float>?

  /// A few outputs of a row at a time, so that each weight is loaded once for all of them. Where a tap of each output is, is looked up in
  /// a table: one in the padding is a row of zeros.
  func run(rows: Range<Int>) {
    let taps = geometry.kernelHeight * geometry.kernelWidth
    withUnsafeTemporaryAllocation(of: UnsafePointer<Float>.self, capacity: taps * outputsAtOnce) { table in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: channels) { zeros in
        guard let table = table.baseAddress, let zeros = zeros.baseAddress else { return }
        zeros.initialize(repeating: 0, count: channels)
        for row in rows { run(row, table, zeros) }
      }
    }
  }

  private func run(
    _ row: Int, _ table: UnsafeMutablePointer<UnsafePointer<Float>>, _ zeros: UnsafePointer<Float>
  ) {
    let width = geometry.outputWidth
    let tiles = (width + outputsAtOnce - 1) / outputsAtOnce
    let limits = Limits(activation)
    var column = 0
    for tile in 0..<tiles {
      let count = (width - column + tiles - tile - 1) / (tiles - tile)
      list(row, column, count, table, zeros)
      let offset = (row * width + column) * channels
      sum(count, table, y + offset, residual.map { $0 + offset }, limits)
      if !limits.suffice { activate(activation, y + offset, y + offset, count * channels) }
      column += count
    }
  }

  /// Where the taps of some outputs are, [taps, outputs].
  private func list(
    _ row: Int, _ column: Int, _ count: Int, _ table: UnsafeMutablePointer<UnsafePointer<Float>>,
    _ zeros: UnsafePointer<Float>
  ) {
    var entry = table
    for tapRow in 0..<geometry.kernelHeight {
      let inputRow = row * geometry.strideY - geometry.padTop + tapRow * geometry.dilationY
      let isInside = 0 <= inputRow && inputRow < geometry.inputHeight
      for tapColumn in 0..<geometry.kernelWidth {
        var inputColumn = column * geometry.strideX - geometry.padLeft + tapColumn * geometry.dilationX
        for _ in 0..<count {
          entry.initialize(
            to: isInside && 0 <= inputColumn && inputColumn < geometry.inputWidth
              ? x + (inputRow * geometry.inputWidth + inputColumn) * channels : zeros)
          entry += 1
          inputColumn += geometry.strideX
        }
      }
    }
  }

  @inline(never)
  private func sum(
    _ count: Int, _ table: UnsafePointer<UnsafePointer<Float>>, _ y: UnsafeMutablePointer<Float>,
    _ residual: UnsafePointer<Float>?, _ limits: Limits
  ) {
    switch count {
    case 7: sum(Height<7>(), table, y, residual, limits)
    case 6: sum(Height<6>(), table, y, residual, limits)
    case 5: sum(Height<5>(), table, y, residual, limits)
    case 4: sum(Height<4>(), table, y, residual, limits)
    case 3: sum(Height<3>(), table, y, residual, limits)
    case 2: sum(Height<2>(), table, y, residual, limits)
    default: sum(Height<1>(), table, y, residual, limits)
    }
  }

  @inline(__always)
  private func sum<let count: Int>(
    _: Height<count>, _ table: UnsafePointer<UnsafePointer<Float>>, _ y: UnsafeMutablePointer<Float>,
    _ residual: UnsafePointer<Float>?, _ limits: Limits
  ) {
    let taps = geometry.kernelHeight * geometry.kernelWidth
    let lower = splat(limits.lower)
    let upper = splat(limits.upper)
    var channel = 0
    while channel + lanes <= channels {
      var sums = InlineArray<count, Vector>(repeating: bias.map { load($0 + channel) } ?? .zero)
      var entry = table
      var weight = weights + channel
      for _ in 0..<taps {
        let factor = load(weight)
        for output in 0..<count { sums[output] = multiplyAdd(sums[output], load(entry[output] + channel), factor) }
        entry += count
        weight += channels
      }
      for output in 0..<count {
        let place = output * channels + channel
        if let residual { sums[output] += load(residual + place) }
        store(clip(sums[output], lower, upper), y + place)
      }
      channel += lanes
    }
    while channel < channels {
      for output in 0..<count {
        var sum = bias?[channel] ?? 0
        for tap in 0..<taps {
          sum = multiplyAdd(sum, table[tap * count + output][channel], weights[tap * channels + channel])
        }
        let place = output * channels + channel
        if let residual { sum += residual[place] }
        if sum < limits.lower { sum = limits.lower }
        if sum > limits.upper { sum = limits.upper }
        y[place] = sum
      }
      channel += 1
    }
  }
}

@inline(never)
func convolveDepthwise(
  _ weights: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ geometry: WindowGeometry,
  _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ channels: Int, _ rows: Range<Int>,
  _ activation: Activation, _ residual: UnsafePointer<Float>?
) {
  DepthwiseConvolution(
    weights: weights, bias: bias, geometry: geometry, x: x, y: y, channels: channels, activation: activation,
    residual: residual
  ).run(rows: rows)
}
