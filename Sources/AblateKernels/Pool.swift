import AblateKernelInterface

/// Pools windows of one image: see `KernelTable.pool`.
@inline(never)
func pool(
  _ pooling: Pooling, _ geometry: WindowGeometry, _ channels: Int, _ x: UnsafePointer<Float>,
  _ y: UnsafeMutablePointer<Float>, _ rows: Range<Int>
) {
  var target = y + rows.lowerBound * geometry.outputWidth * channels
  for row in rows {
    let (tapRows, countedRows) = geometry.taps(ofRow: row)
    for column in 0..<geometry.outputWidth {
      let (tapColumns, countedColumns) = geometry.taps(ofColumn: column)
      let inputRow = row * geometry.strideY - geometry.padTop + tapRows.lowerBound * geometry.dilationY
      let inputColumn = column * geometry.strideX - geometry.padLeft + tapColumns.lowerBound * geometry.dilationX
      let window = Window(
        first: x + (inputRow * geometry.inputWidth + inputColumn) * channels, rows: tapRows.count,
        columns: tapColumns.count, rowStride: geometry.dilationY * geometry.inputWidth * channels,
        columnStride: geometry.dilationX * channels)
      switch pooling {
      case .maximum: window.reduce(channels, target, from: -.infinity, divisor: 1) { largerOrNaN($0, $1) }
      case .average:
        window.reduce(channels, target, from: 0, divisor: Float(tapRows.count * tapColumns.count)) { $0 + $1 }
      case .averageCountingPadding:
        window.reduce(channels, target, from: 0, divisor: Float(countedRows * countedColumns)) { $0 + $1 }
      }
      target += channels
    }
  }
}

/// y[channels] = the mean of x[positions, channels].
@inline(never)
func globalAverage(
  _ x: UnsafePointer<Float>, _ positions: Int, _ channels: Int, _ y: UnsafeMutablePointer<Float>
) {
  Window(first: x, rows: 1, columns: positions, rowStride: 0, columnStride: channels)
    .reduce(channels, y, from: 0, divisor: Float(positions)) { $0 + $1 }
}

/// y[channels] = the largest of x[positions, channels].
@inline(never)
func globalMaximum(
  _ x: UnsafePointer<Float>, _ positions: Int, _ channels: Int, _ y: UnsafeMutablePointer<Float>
) {
  Window(first: x, rows: 1, columns: positions, rowStride: 0, columnStride: channels)
    .reduce(channels, y, from: -.infinity, divisor: 1) { largerOrNaN($0, $1) }
}

/// The taps of a window that are in the image.
private struct Window {
  let first: UnsafePointer<Float>
  let rows: Int
  let columns: Int
  let rowStride: Int
  let columnStride: Int

  @inline(__always)
  func reduce(
    _ channels: Int, _ y: UnsafeMutablePointer<Float>, from start: Float, divisor: Float,
    _ step: (Vector, Vector) -> Vector
  ) {
    var channel = 0
    while channel < channels {
      let left = channels - channel
      var value = splat(start)
      for row in 0..<rows {
        var source = first + row * rowStride + channel
        for _ in 0..<columns {
          value = step(value, left >= lanes ? load(source) : loadFirst(left, source, else: 0))
          source += columnStride
        }
      }
      value = value / splat(divisor)
      if left >= lanes { store(value, y + channel) } else { storeFirst(left, value, y + channel) }
      channel += lanes
    }
  }
}

extension WindowGeometry {
  /// The taps of a row's windows that are in the image, and how many are in it or in the padding.
  fileprivate func taps(ofRow row: Int) -> (Range<Int>, Int) {
    let first = row * strideY - padTop
    return (
      taps(first, kernelHeight, dilationY, until: inputHeight),
      taps(first, kernelHeight, dilationY, until: inputHeight + padBottom).upperBound
    )
  }

  fileprivate func taps(ofColumn column: Int) -> (Range<Int>, Int) {
    let first = column * strideX - padLeft
    return (
      taps(first, kernelWidth, dilationX, until: inputWidth),
      taps(first, kernelWidth, dilationX, until: inputWidth + padRight).upperBound
    )
  }

  /// Of taps `first`, `first` + dilation, ..., those from 0 on and before `end`.
  private func taps(_ first: Int, _ count: Int, _ dilation: Int, until end: Int) -> Range<Int> {
    let before = first < 0 ? min(count, (dilation - 1 - first) / dilation) : 0
    let inside = first < end ? min(count, (end - first + dilation - 1) / dilation) : 0
    return before..<max(before, inside)
  }
}
