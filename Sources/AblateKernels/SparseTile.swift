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
    let isSet = unequalLanes(magnitude(floats(any)), Vector.zero)
    if isAnySet(isSet) {
      // Two lanes at a time: single ones are slow to get at.
      let pairs = words(isSet)
      for pair in 0..<lanes / 2 {
        steps[count] = UInt16(truncatingIfNeeded: step + 2 * pair)
        count += Int(pairs[pair] & 1)
        steps[count] = UInt16(truncatingIfNeeded: step + 2 * pair + 1)
        count += Int(pairs[pair] >> 63)
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

/// Whether leaving zeros out pays for these rows, by two of their tiles.
@inline(never)
func isSparse(_ a: UnsafePointer<Float>, _ stride: Int, _ rows: Int, _ k: Int, panels: Int) -> Bool {
  if rows < tileHeight || panels < 4 || k < 64 || k > 65536 { return false }
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
