import AblateKernelInterface

/// Pools windows of one image: see `KernelTable.pool`.
@inline(never)
@_optimize(size)
func pool(
  _ pooling: Pooling, _ geometry: WindowGeometry, _ channels: Int, _ x: UnsafePointer<Float>,
  _ y: UnsafeMutablePointer<Float>, _ rows: Range<Int>
) {
  var target = y + rows.lowerBound * geometry.outputWidth * channels
  for row in rows {
    let tapRows = geometry.taps(ofRow: row)
    let inputRow = row * geometry.strideY - geometry.padTop + tapRows.inside.lowerBound * geometry.dilationY
    for column in 0..<geometry.outputWidth {
      let tapColumns = geometry.taps(ofColumn: column)
      let inputColumn =
        column * geometry.strideX - geometry.padLeft + tapColumns.inside.lowerBound * geometry.dilationX
      let window = Window(
        first: x + (inputRow * geometry.inputWidth + inputColumn) * channels, rows: tapRows.inside.count,
        columns: tapColumns.inside.count, rowStride: geometry.dilationY * geometry.inputWidth * channels,
        columnStride: geometry.dilationX * channels)
      switch pooling {
      case .maximum: window.largest(channels, target)
      case .average: window.mean(channels, target, Float(window.rows * window.columns))
      case .averageCountingPadding: window.mean(channels, target, Float(tapRows.counted * tapColumns.counted))
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
    .mean(channels, y, Float(positions))
}

/// y[channels] = the largest of x[positions, channels].
@inline(never)
func globalMaximum(
  _ x: UnsafePointer<Float>, _ positions: Int, _ channels: Int, _ y: UnsafeMutablePointer<Float>
) {
  Window(first: x, rows: 1, columns: positions, rowStride: 0, columnStride: channels).largest(channels, y)
}

/// The taps of a window that are in the image.
private struct Window {
  let first: UnsafePointer<Float>
  let rows: Int
  let columns: Int
  let rowStride: Int
  let columnStride: Int

  @inline(never)
  func largest(_ channels: Int, _ y: UnsafeMutablePointer<Float>) {
    reduce(channels, y, from: -.infinity, { largerOrNaN($0, $1) }, { $0 })
  }

  @inline(never)
  func mean(_ channels: Int, _ y: UnsafeMutablePointer<Float>, _ count: Float) {
    reduce(channels, y, from: 0, { $0 + $1 }, { $0 / splat(count) })
  }

  @inline(__always)
  private func reduce(
    _ channels: Int, _ y: UnsafeMutablePointer<Float>, from start: Float, _ step: (Vector, Vector) -> Vector,
    _ finish: (Vector) -> Vector
  ) {
    var channel = 0
    while channel < channels {
      let left = channels - channel
      var value = splat(start)
      var rowSource = first + channel
      for _ in 0..<rows {
        var source = rowSource
        for _ in 0..<columns {
          value = step(value, left >= lanes ? load(source) : loadFirst(left, source, else: 0))
          source += columnStride
        }
        rowSource += rowStride
      }
      if left >= lanes { store(finish(value), y + channel) } else { storeFirst(left, finish(value), y + channel) }
      channel += lanes
    }
  }
}
