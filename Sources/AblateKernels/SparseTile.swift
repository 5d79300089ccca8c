// Not for AVX-512: there the compiler calls the initialisers of the sums, in functions that carry no module's name.
//
// Many inputs are images whose background is 0. A term 0 * w changes a chain in nothing but the sign of a zero, so tiles whose rows share
// enough zeros leave those terms out; where a sum comes out as -0, the tile is computed in full.

/// Lists the k at which any of some rows of `a` is not 0, and returns how many there are.
@inline(__always)
func listNonZeros(
  _ a: UnsafePointer<Float>, _ stride: Int, rows: Int, _ k: Int, into steps: UnsafeMutablePointer<UInt16>
) -> Int {
  var count = 0
  var step = 0
  while step + lanes <= k {
    var any = bits(load(a + step))
    for row in 1..<max(rows, 1) { any |= bits(load(a + row * stride + step)) }
    any = any &+ any
    if isAnySet(any) {
      for lane in 0..<lanes {
        steps[count] = UInt16(truncatingIfNeeded: step + lane)
        count += any[lane] != 0 ? 1 : 0
      }
    }
    step += lanes
  }
  while step < k {
    var any = a[step].bitPattern
    for row in 1..<max(rows, 1) { any |= a[row * stride + step].bitPattern }
    steps[count] = UInt16(truncatingIfNeeded: step)
    count += any << 1 != 0 ? 1 : 0
    step += 1
  }
  return count
}

#if ABLATE_V4
  private let leavesZerosOut = false
#else
  private let leavesZerosOut = true
#endif

/// Whether leaving zeros out pays for these rows, by two of their tiles.
@inline(never)
func isSparse(_ a: UnsafePointer<Float>, _ stride: Int, _ rows: Int, _ k: Int, panels: Int) -> Bool {
  if !leavesZerosOut || rows < tileHeight || panels < 4 || k < 64 || k > 65536 { return false }
  var zeros = 0
  let middle = (rows - tileHeight) / 2
  for step in 0..<k {
    var first = a[step].bitPattern
    var second = a[middle * stride + step].bitPattern
    for row in 1..<tileHeight {
      first |= a[row * stride + step].bitPattern
      second |= a[(middle + row) * stride + step].bitPattern
    }
    zeros += (first << 1 == 0 ? 1 : 0) + (second << 1 == 0 ? 1 : 0)
  }
  return zeros * 10 > 2 * k * 3
}

/// `wideTile` over the listed k only. False, and nothing is written, if a sum is -0.
@inline(__always)
private func sparseTile<let rows: Int>(
  _: Height<rows>, _ steps: UnsafePointer<UInt16>, _ count: Int, _ a: UnsafePointer<Float>, _ aStride: Int,
  _ panel: UnsafePointer<Float>, _ start: Start, _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ isReLU: Bool
) -> Bool {
  var sums = InlineArray<rows, InlineArray<2, Vector>>(repeating: InlineArray<2, Vector>(repeating: .zero))
  switch start {
  case .bias(let bias):
    let left = load(bias)
    let right = load(bias + lanes)
    for row in 0..<rows {
      sums[row][0] = left
      sums[row][1] = right
    }
  case .partialSums:
    for row in 0..<rows {
      sums[row][0] = load(c + row * cStride)
      sums[row][1] = load(c + row * cStride + lanes)
    }
  }
  for index in 0..<count {
    let step = Int(steps[index])
    let left = load(panel + step * panelWidth)
    let right = load(panel + step * panelWidth + lanes)
    let column = a + step
    for row in 0..<rows {
      let x = splat(column[row * aStride])
      sums[row][0] = multiplyAdd(sums[row][0], x, left)
      sums[row][1] = multiplyAdd(sums[row][1], x, right)
    }
  }
  var negativeZeros = Bits.zero
  for row in 0..<rows { negativeZeros |= negativeZeroLanes(sums[row][0]) | negativeZeroLanes(sums[row][1]) }
  if isAnySet(negativeZeros) { return false }
  for row in 0..<rows {
    store(isReLU ? relu(sums[row][0]) : sums[row][0], c + row * cStride)
    store(isReLU ? relu(sums[row][1]) : sums[row][1], c + row * cStride + lanes)
  }
  return true
}

/// For the heights that most tiles have; false for others.
@inline(never)
func sparseTile(
  rows: Int, _ steps: UnsafePointer<UInt16>, _ count: Int, _ a: UnsafePointer<Float>, _ aStride: Int,
  _ panel: UnsafePointer<Float>, _ start: Start, _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ isReLU: Bool
) -> Bool {
  switch rows {
  #if !ABLATE_V4
    case 6: sparseTile(Height<6>(), steps, count, a, aStride, panel, start, c, cStride, isReLU)
    case 5: sparseTile(Height<5>(), steps, count, a, aStride, panel, start, c, cStride, isReLU)
  #endif
  default: false
  }
}
