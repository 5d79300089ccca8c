/// The k of one pass: a tile's rows of a stay in the first-level cache.
@inline(__always) private var blockOfK: Int { 1024 }

/// Floats of weights that stay in the second-level cache while the rows go by.
@inline(__always) private var cachedWeights: Int { 64 * 1024 }

/// c[rows, n] = a[rows, k] · Wᵀ + bias for the columns of `range`; see `KernelTable.gemm`.
@inline(never)
func gemm(
  _ packed: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ panels: Panels, _ a: UnsafePointer<Float>,
  _ aStride: Int, _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ rows: Int, _ range: Range<Int>, _ isReLU: Bool
) {
  if rows == 1 { return gemv(packed, bias, panels, a, c, cStride, range, isReLU) }
  let k = panels.k
  let blocks = (k + blockOfK - 1) / blockOfK
  let depth = min(k, ((k + blocks - 1) / blocks + 7) & ~7)
  if isTuned, isSparse(a, aStride, rows, k, panels: range.count) {
    let listed = range.clamped(to: 0..<(panels.fit(cStride) ? panels.count : panels.full))
    if sparseGemm(packed, bias, panels, a, aStride, c, cStride, rows, listed, isReLU, depth) {
      return gemm(
        packed, bias, panels, a, aStride, c, cStride, rows, listed.upperBound..<range.upperBound, isReLU, depth)
    }
  }
  gemm(packed, bias, panels, a, aStride, c, cStride, rows, range, isReLU, depth)
}

@inline(__always)
private func gemm(
  _ packed: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ panels: Panels, _ a: UnsafePointer<Float>,
  _ aStride: Int, _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ rows: Int, _ range: Range<Int>, _ isReLU: Bool,
  _ depth: Int
) {
  let k = panels.k
  let group = max(1, cachedWeights / (depth * panelWidth))
  var first = range.lowerBound
  while first < range.upperBound {
    let last = min(range.upperBound, first + group)
    var done = 0
    while done < k {
      let now = min(depth, k - done)
      gemmBlock(
        packed, bias, panels, a + done, aStride, c, cStride, rows, first..<last, done, now, isReLU && done + now == k)
      done += now
    }
    first = last
  }
}

/// Inputs done ..< done + k of some panels for all rows, in tiles of even height.
@inline(__always)
private func gemmBlock(
  _ packed: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ panels: Panels, _ a: UnsafePointer<Float>,
  _ aStride: Int, _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ rows: Int, _ range: Range<Int>, _ done: Int,
  _ k: Int, _ isReLU: Bool
) {
  let tiles = (rows + tileHeight - 1) / tileHeight
  var row = 0
  for tile in 0..<tiles {
    let height = (rows - row + tiles - tile - 1) / (tiles - tile)
    let cRow = c + row * cStride
    var run = Run(offset: 0, count: k)
    withPointers(to: &run, stride: aStride) { run, places in
      for panel in range {
        let column = panel * panelWidth
        let terms = Terms(
          a: a + row * aStride, places: places, runs: run, runCount: 1,
          panel: packed + panels.offset(of: panel) + done * panels.width(of: panel))
        let sums = Sums(
          start: done == 0 ? .bias(bias + column) : .partialSums, c: cRow + column, cStride: cStride,
          finish: isReLU ? .relu : nil)
        if panel < panels.full {
          wideTile(rows: height, terms, sums)
        } else {
          restTile(rows: height, terms, panels, sums)
        }
      }
    }
    row += height
  }
}

/// A tile over the last, narrower panel. Where c has no room for the columns that fill the panel up, they go to the stack.
@inline(never)
func restTile(rows: Int, _ terms: Terms, _ panels: Panels, _ sums: Sums) {
  let (c, cStride) = (sums.c, sums.cStride)
  if panels.fit(cStride) {
    return tile(rows: rows, width: panels.restWidth, terms, sums)
  }
  var scratch = InlineArray<384, Float>(repeating: 0)
  withUnsafeMutablePointer(to: &scratch) {
    let room = UnsafeMutableRawPointer($0).assumingMemoryBound(to: Float.self)
    if case .partialSums = sums.start {
      for row in 0..<rows {
        for column in 0..<panels.rest { room[row * panelWidth + column] = c[row * cStride + column] }
      }
    }
    tile(
      rows: rows, width: panels.restWidth, terms,
      Sums(start: sums.start, c: room, cStride: panelWidth, finish: sums.finish))
    for row in 0..<rows {
      for column in 0..<panels.rest { c[row * cStride + column] = room[row * panelWidth + column] }
    }
  }
}

extension Finish {
  static var relu: Finish { Finish(residual: nil, lower: 0, upper: .infinity) }
}
