import AblateKernelInterface

/// Pools windows of one image: see `KernelTable.pool`.
@inline(never)
@_optimize(size)
func pool(
  _ pooling: Pooling, _ geometry: WindowGeometry, _ channels: Int, _ x: UnsafePointer<Float>,
  _ y: UnsafeMutablePointer<Float>, _ rows: Range<Int>
) {
  let end = x + geometry.inputHeight * geometry.inputWidth * channels
  let targetEnd = y + rows.upperBound * geometry.outputWidth * channels
  let inner = geometry.innerColumns
  for row in rows {
    let tapRows = geometry.taps(ofRow: row)
    let inputRow = row * geometry.strideY - geometry.padTop + tapRows.inside.lowerBound * geometry.dilationY
    var column = 0
    while column < geometry.outputWidth {
      let tapColumns = geometry.taps(ofColumn: column)
      let inputColumn =
        column * geometry.strideX - geometry.padLeft + tapColumns.inside.lowerBound * geometry.dilationX
      let count = inner.contains(column) ? inner.upperBound - column : 1
      let windows = Windows(
        count: count, stride: geometry.strideX * channels,
        first: x + (inputRow * geometry.inputWidth + inputColumn) * channels, rows: tapRows.inside.count,
        columns: tapColumns.inside.count, rowStride: geometry.dilationY * geometry.inputWidth * channels,
        columnStride: geometry.dilationX * channels, end: end, targetEnd: targetEnd)
      let target = y + (row * geometry.outputWidth + column) * channels
      switch pooling {
      case .maximum: windows.largest(channels, target)
      case .average: windows.mean(channels, target, Float(windows.rows * windows.columns))
      case .averageCountingPadding: windows.mean(channels, target, Float(tapRows.counted * tapColumns.counted))
      }
      column += count
    }
  }
}

/// y[channels] = the mean of x[positions, channels].
@inline(never)
func globalAverage(
  _ x: UnsafePointer<Float>, _ positions: Int, _ channels: Int, _ y: UnsafeMutablePointer<Float>
) {
  Windows(all: x, positions, channels, y).mean(channels, y, Float(positions))
}

/// y[channels] = the largest of x[positions, channels].
@inline(never)
func globalMaximum(
  _ x: UnsafePointer<Float>, _ positions: Int, _ channels: Int, _ y: UnsafeMutablePointer<Float>
) {
  Windows(all: x, positions, channels, y).largest(channels, y)
}

/// Windows next to each other, and those of their taps that are in the image.
private struct Windows {
  let count: Int
  /// From one window to the next.
  let stride: Int
  let first: UnsafePointer<Float>
  let rows: Int
  let columns: Int
  let rowStride: Int
  let columnStride: Int
  /// The ends of the image and of the outputs. Before them, whole vectors can be read, and written, as later outputs go over the rest.
  let end: UnsafePointer<Float>
  let targetEnd: UnsafeMutablePointer<Float>

  @inline(never)
  func largest(_ channels: Int, _ y: UnsafeMutablePointer<Float>) {
    reduce(channels, y) { whole($0, $1, splat(-.infinity)) { largerOrNaN($0, $1) } }
  }

  func mean(_ channels: Int, _ y: UnsafeMutablePointer<Float>, _ count: Float) {
    if rows * columns <= Self.part { meanOfWhole(channels, y, count) } else { meanOfParts(channels, y, count) }
  }

  @inline(never)
  private func meanOfWhole(_ channels: Int, _ y: UnsafeMutablePointer<Float>, _ count: Float) {
    reduce(channels, y) { whole($0, $1, .zero) { $0 + $1 } / splat(count) }
  }

  @inline(never)
  private func meanOfParts(_ channels: Int, _ y: UnsafeMutablePointer<Float>, _ count: Float) {
    reduce(channels, y) { sumOfParts($0, $1) / splat(count) }
  }

  @inline(__always)
  private func reduce(
    _ channels: Int, _ y: UnsafeMutablePointer<Float>, _ window: (_ source: UnsafePointer<Float>, _ left: Int) -> Vector
  ) {
    var (windowSource, windowTarget) = (first, y)
    for _ in 0..<count {
      var channel = 0
      while channel < channels {
        let left = channels - channel
        let value = window(windowSource + channel, left)
        let target = windowTarget + channel
        if target + lanes <= targetEnd { store(value, target) } else { storeFirst(left, value, target) }
        channel += lanes
      }
      windowSource += stride
      windowTarget += channels
    }
  }

  /// A window in one chain.
  @inline(__always)
  private func whole(
    _ source: UnsafePointer<Float>, _ left: Int, _ start: Vector, _ step: (Vector, Vector) -> Vector
  ) -> Vector {
    var value = start
    var rowSource = source
    for _ in 0..<rows {
      var source = rowSource
      for _ in 0..<columns {
        value = step(value, values(source, left))
        source += columnStride
      }
      rowSource += rowStride
    }
    return value
  }

  /// Taps of a part.
  private static var part: Int { 256 }

  /// Of a window, in parts, whose sums are summed in parts of as many: one chain would lose half of the digits of a mean over a million
  /// values.
  @inline(__always)
  private func sumOfParts(_ source: UnsafePointer<Float>, _ left: Int) -> Vector {
    var (value, ofParts, total) = (Vector.zero, Vector.zero, Vector.zero)
    var (tapsLeft, partsLeft) = (Self.part, Self.part)
    var rowSource = source
    for _ in 0..<rows {
      var source = rowSource
      var columnsLeft = columns
      while columnsLeft > 0 {
        let taps = min(columnsLeft, tapsLeft)
        for _ in 0..<taps {
          value += values(source, left)
          source += columnStride
        }
        columnsLeft -= taps
        tapsLeft -= taps
        if tapsLeft > 0 { continue }
        (ofParts, value, tapsLeft) = (ofParts + value, .zero, Self.part)
        partsLeft -= 1
        if partsLeft > 0 { continue }
        (total, ofParts, partsLeft) = (total + ofParts, .zero, Self.part)
      }
      rowSource += rowStride
    }
    return total + (ofParts + value)
  }

  /// The values of a tap: those of all lanes, or of the last `left` channels of the image.
  @inline(__always)
  private func values(_ source: UnsafePointer<Float>, _ left: Int) -> Vector {
    source + lanes <= end ? load(source) : loadFirst(left, source, else: 0)
  }
}

extension Windows {
  /// All positions of an image.
  fileprivate init(all x: UnsafePointer<Float>, _ positions: Int, _ channels: Int, _ y: UnsafeMutablePointer<Float>) {
    count = 1
    stride = 0
    first = x
    rows = 1
    columns = positions
    rowStride = 0
    columnStride = channels
    end = x + positions * channels
    targetEnd = y + channels
  }
}
