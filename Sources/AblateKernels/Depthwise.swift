import AblateKernelInterface

/// The most outputs of a row that are summed at once.
@inline(__always) private var outputsAtOnce: Int { isTuned ? 7 : 2 }

/// A convolution with one input channel for each unit: see `KernelTable.convolveDepthwise`.
///
/// A few outputs of a row are summed at a time, so that each weight is loaded once for all of them, a vector of channels after the other.
/// Between the borders, the outputs' inputs are at one stride; at the borders, a table says where they are, with a row of zeros for the
/// padding.
struct DepthwiseConvolution {
  let weights: UnsafePointer<Float>
  let bias: UnsafePointer<Float>?
  let geometry: WindowGeometry
  let x: UnsafePointer<Float>
  let y: UnsafeMutablePointer<Float>
  let channels: Int
  let activation: Activation
  let residual: UnsafePointer<Float>?
  let limits: Limits

  @_optimize(size)
  func run(rows: Range<Int>) {
    if channels < lanes { return runFewChannels(rows) }
    withUnsafeTemporaryAllocation(of: UnsafePointer<Float>.self, capacity: geometry.taps * outputsAtOnce) { table in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: channels) { zeros in
        guard let table = table.baseAddress, let zeros = zeros.baseAddress else { return }
        zeros.initialize(repeating: 0, count: channels)
        let innerRows = geometry.innerRows
        let innerColumns = geometry.innerColumns
        for row in rows { run(row, innerRows.contains(row) ? innerColumns : 0..<0, table, zeros) }
      }
    }
  }

  @_optimize(size)
  private func run(
    _ row: Int, _ inner: Range<Int>, _ table: UnsafeMutablePointer<UnsafePointer<Float>>,
    _ zeros: UnsafePointer<Float>
  ) {
    let first = y + row * geometry.outputWidth * channels
    let width = geometry.outputWidth
    // Few columns between wide borders are best left to the table.
    let isSplit = isTuned && inner.count >= 4 && inner.count * 4 >= width * 3
    sumByTable(row, 0..<(isSplit ? inner.lowerBound : width), table, zeros)
    if isSplit {
      var column = inner.lowerBound
      while column < inner.upperBound {
        let left = inner.upperBound - column
        let count = left > 4 && inner.count >= 7 ? 7 : 4
        // The last ones may be summed twice.
        sumInside(count, row, min(column, inner.upperBound - count))
        column += count
      }
      sumByTable(row, inner.upperBound..<width, table, zeros)
    }
    if !limits.suffice { activate(activation, first, first, geometry.outputWidth * channels) }
  }

  @_optimize(size)
  private func sumByTable(
    _ row: Int, _ columns: Range<Int>, _ table: UnsafeMutablePointer<UnsafePointer<Float>>,
    _ zeros: UnsafePointer<Float>
  ) {
    var column = columns.lowerBound
    while column < columns.upperBound {
      let left = columns.upperBound - column
      let count = isTuned && left >= 4 ? (left >= 7 && left != 8 ? 7 : 4) : min(left, 2)
      list(row, column, count, table, zeros)
      sum(count, row, column, table)
      column += count
    }
  }

  /// Where the taps of some outputs are, [taps, outputs].
  @inline(never)
  @_optimize(size)
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
        var place = x + (inputRow * geometry.inputWidth + inputColumn) * channels
        for output in 0..<count {
          let isThere = isInside && 0 <= inputColumn && inputColumn < geometry.inputWidth
          (entry + output).initialize(to: isThere ? place : zeros)
          place += geometry.strideX * channels
          inputColumn += geometry.strideX
        }
        entry += count
      }
    }
  }

  /// Outputs whose taps are where the table says.
  @inline(never)
  private func sum(_ count: Int, _ row: Int, _ column: Int, _ table: UnsafePointer<UnsafePointer<Float>>) {
    switch count {
    case 7 where isTuned: sum(Height<7>(), row, column, table)
    case 4 where isTuned: sum(Height<4>(), row, column, table)
    case 2: sum(Height<2>(), row, column, table)
    default: sum(Height<1>(), row, column, table)
    }
  }

  @inline(__always)
  private func sum<let count: Int>(
    _ height: Height<count>, _ row: Int, _ column: Int, _ table: UnsafePointer<UnsafePointer<Float>>
  ) {
    sum(height, row, column) { channel, sums in
      var entry = table
      var weight = weights + channel
      for _ in 0..<geometry.taps {
        let factor = load(weight)
        for output in 0..<count { sums[output] = multiplyAdd(sums[output], load(entry[output] + channel), factor) }
        entry += count
        weight += channels
      }
    }
  }

  /// Outputs whose taps are all in the image: 7 or 4.
  @inline(never)
  private func sumInside(_ count: Int, _ row: Int, _ column: Int) {
    let areTapsShared = geometry.strideX == 1 && geometry.dilationX == 1
    switch (areTapsShared ? geometry.kernelWidth : 0, count) {
    case (3, 7): sumInside(Height<7>(), SharedTaps<3>(), row, column)
    case (3, _): sumInside(Height<4>(), SharedTaps<3>(), row, column)
    case (5, 7): sumInside(Height<7>(), SharedTaps<5>(), row, column)
    case (5, _): sumInside(Height<4>(), SharedTaps<5>(), row, column)
    case (_, 7): sumInside(Height<7>(), row, column)
    default: sumInside(Height<4>(), row, column)
    }
  }

  /// Taps of one row of a kernel so wide, over neighbouring inputs: each input is loaded once for all outputs that it is in.
  private struct SharedTaps<let width: Int> {}

  @inline(__always)
  private func sumInside<let count: Int, let width: Int>(
    _ height: Height<count>, _: SharedTaps<width>, _ row: Int, _ column: Int
  ) {
    let first = firstInput(row, column)
    let rowStride = geometry.dilationY * geometry.inputWidth * channels
    sum(height, row, column) { channel, sums in
      var weight = weights + channel
      var rowSource = first + channel
      for _ in 0..<geometry.kernelHeight {
        var factors = InlineArray<width, Vector>(repeating: .zero)
        for tap in 0..<width { factors[tap] = load(weight + tap * channels) }
        var source = rowSource
        @inline(__always) func addProducts(of input: Int) {
          let value = load(source)
          for tap in 0..<width where tap <= input && input - tap < count {
            sums[input - tap] = multiplyAdd(sums[input - tap], value, factors[tap])
          }
          source += channels
        }
        // In parts: the compiler would unroll a long loop too late, and sums would go to memory.
        for input in 0..<width - 1 { addProducts(of: input) }
        for input in width - 1..<count { addProducts(of: input) }
        for input in max(width - 1, count)..<count + width - 1 { addProducts(of: input) }
        weight += width * channels
        rowSource += rowStride
      }
    }
  }

  private func firstInput(_ row: Int, _ column: Int) -> UnsafePointer<Float> {
    let inputRow = row * geometry.strideY - geometry.padTop
    let inputColumn = column * geometry.strideX - geometry.padLeft
    return x + (inputRow * geometry.inputWidth + inputColumn) * channels
  }

  @inline(__always)
  private func sumInside<let count: Int>(_ height: Height<count>, _ row: Int, _ column: Int) {
    let first = firstInput(row, column)
    let rowStride = geometry.dilationY * geometry.inputWidth * channels
    let columnStride = geometry.dilationX * channels
    let outputStride = geometry.strideX * channels
    sum(height, row, column) { channel, sums in
      var weight = weights + channel
      var rowSource = first + channel
      for _ in 0..<geometry.kernelHeight {
        var tap = rowSource
        for _ in 0..<geometry.kernelWidth {
          let factor = load(weight)
          var source = tap
          for output in 0..<count {
            sums[output] = multiplyAdd(sums[output], load(source), factor)
            source += outputStride
          }
          tap += columnStride
          weight += channels
        }
        rowSource += rowStride
      }
    }
  }

  /// The last vector of channels overlaps the one before it if it has to.
  @inline(__always)
  private func sum<let count: Int>(
    _: Height<count>, _ row: Int, _ column: Int, _ addTerms: (Int, inout InlineArray<count, Vector>) -> Void
  ) {
    let lower = splat(limits.lower)
    let upper = splat(limits.upper)
    let offset = (row * geometry.outputWidth + column) * channels
    var channel = 0
    while true {
      var sums = InlineArray<count, Vector>(repeating: bias.map { load($0 + channel) } ?? .zero)
      addTerms(channel, &sums)
      var place = offset + channel
      for output in 0..<count {
        if let residual { sums[output] += load(residual + place) }
        store(clip(sums[output], lower, upper), y + place)
        place += channels
      }
      if channel + lanes == channels { return }
      channel = min(channel + lanes, channels - lanes)
    }
  }

  /// Fewer channels than a vector has lanes.
  @inline(never)
  @_optimize(size)
  private func runFewChannels(_ rows: Range<Int>) {
    for row in rows {
      for column in 0..<geometry.outputWidth {
        let offset = (row * geometry.outputWidth + column) * channels
        for channel in 0..<channels {
          var sum = bias?[channel] ?? 0
          for tap in 0..<geometry.taps {
            let inputRow =
              row * geometry.strideY - geometry.padTop + tap / geometry.kernelWidth * geometry.dilationY
            let inputColumn =
              column * geometry.strideX - geometry.padLeft + tap % geometry.kernelWidth * geometry.dilationX
            let isInside =
              0 <= inputRow && inputRow < geometry.inputHeight && 0 <= inputColumn
              && inputColumn < geometry.inputWidth
            let value = isInside ? x[(inputRow * geometry.inputWidth + inputColumn) * channels + channel] : 0
            sum = multiplyAdd(sum, value, weights[tap * channels + channel])
          }
          y[offset + channel] = residual.map { sum + $0[offset + channel] } ?? sum
        }
        activate(activation, y + offset, y + offset, channels)
      }
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
    residual: residual, limits: Limits(activation)
  ).run(rows: rows)
}
