/// Consecutive k of a convolution whose inputs lie next to each other: `offset` floats behind those of a pixel's first tap.
struct Run {
  let offset: Int
  let count: Int
}

/// What becomes of the sums of a tile.
struct Finish {
  /// Added to them, with the stride of y.
  let residual: UnsafePointer<Float>?
  let lower: Float
  let upper: Float
}

/// What a tile of a convolution reads and writes.
struct ConvolutionTile {
  /// The first taps of its first pixel; those of the others follow at a stride.
  let a: UnsafePointer<Float>
  let aStride: Int
  let runs: UnsafePointer<Run>
  let runCount: Int
  let panel: UnsafePointer<Float>
  let start: Start
  let y: UnsafeMutablePointer<Float>
  let yStride: Int
  /// Missing while more k are to come.
  let finish: Finish?

  @inline(__always)
  private func sum<Columns: PanelVector, let rows: Int>(_: Columns.Type, _: Height<rows>) {
    var sums = InlineArray<rows, Columns>(repeating: Columns.splat(0))
    switch start {
    case .bias(let bias):
      let first = Columns.load(bias)
      for row in 0..<rows { sums[row] = first }
    case .partialSums:
      for row in 0..<rows { sums[row] = Columns.load(y + row * yStride) }
    }
    var weights = panel
    for run in 0..<runCount {
      let first = a + runs[run].offset
      let end = first + runs[run].count
      var step = first
      while step < end {
        let columns = Columns.load(weights)
        var value = step
        for row in 0..<rows {
          sums[row] = sums[row].adding(Columns.splat(value.pointee), times: columns)
          value += aStride
        }
        weights += Columns.width
        step += 1
      }
    }
    if let finish {
      if let residual = finish.residual {
        for row in 0..<rows { sums[row] = sums[row].adding(Columns.load(residual + row * yStride)) }
      }
      let lower = Columns.splat(finish.lower)
      let upper = Columns.splat(finish.upper)
      for row in 0..<rows { sums[row] = sums[row].clipped(lower, upper) }
    }
    for row in 0..<rows { sums[row].store(y + row * yStride) }
  }

  @inline(__always)
  private func sum<Columns: PanelVector>(_ columns: Columns.Type, rows: Int) {
    switch rows {
    #if ABLATE_V4
      case 12: sum(columns, Height<12>())
      case 11: sum(columns, Height<11>())
      case 10: sum(columns, Height<10>())
      case 9: sum(columns, Height<9>())
      case 8: sum(columns, Height<8>())
      case 7: sum(columns, Height<7>())
    #endif
    case 6: sum(columns, Height<6>())
    case 5: sum(columns, Height<5>())
    case 4: sum(columns, Height<4>())
    case 3: sum(columns, Height<3>())
    case 2: sum(columns, Height<2>())
    default: sum(columns, Height<1>())
    }
  }

  @inline(never) private func sumTwoVectors(rows: Int) { sum(TwoVectors.self, rows: rows) }
  @inline(never) private func sumOneVector(rows: Int) { sum(OneVector.self, rows: rows) }
  @inline(never) private func sumHalfOfOne(rows: Int) { sum(HalfOfOne.self, rows: rows) }

  /// The columns of a panel that is full or so much narrower that all its columns are units.
  @inline(__always)
  func sum(rows: Int, width: Int) {
    if width == panelWidth {
      sumTwoVectors(rows: rows)
    } else if width == lanes {
      sumOneVector(rows: rows)
    } else {
      sumHalfOfOne(rows: rows)
    }
  }
}
