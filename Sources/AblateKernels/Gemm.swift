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
          lastTile(rows: height, terms, panels, sums)
        }
      }
    }
    row += height
  }
}

/// A tile over the last, narrower panel. Where c has no room for the columns that fill the panel up, it is computed on the stack.
@inline(never)
func lastTile(rows: Int, _ terms: Terms, _ panels: Panels, _ sums: Sums) {
  if panels.fit(sums.cStride) { return tile(rows: rows, width: panels.restWidth, terms, sums) }
  withUnsafeTemporaryAllocation(of: Float.self, capacity: rows * panelWidth) { room in
    guard let room = room.baseAddress else { return }
    restTile(rows: rows, terms, panels, sums, room, residuals: room)
  }
}

extension Finish {
  static var relu: Finish { Finish(residual: nil, lower: 0, upper: .infinity) }
}
