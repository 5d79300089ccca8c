// Many inputs are images whose background is 0. A term 0 * w changes a chain in nothing but the sign of a zero, so tiles whose rows share
// enough zeros leave those terms out; where a sum comes out as -0, the tile is computed in full.

/// The rows of a tile over one block of k, and the k that are listed, with the values there next to each other.
struct SparseTile {
  /// [sparseHeight]: the rows, of which the last ones may repeat.
  let rows: UnsafePointer<UInt16>
  /// [k]
  let steps: UnsafeMutablePointer<UInt16>
  /// [k, sparseHeight]
  let values: UnsafeMutablePointer<Float>
  let k: Int
  /// Of `steps`.
  var count = 0

  /// Whether no k is left out.
  @inline(__always) var isComplete: Bool { count == k }

  /// Lists the k that are not 0 in all rows, or all of them.
  @inline(never)
  mutating func list(_ a: UnsafePointer<Float>, _ stride: Int, all: Bool = false) {
    count = k
    if all {
      for step in 0..<k { steps[step] = UInt16(truncatingIfNeeded: step) }
    } else {
      count = listNonZeros(a, stride)
    }
    for row in 0..<sparseHeight {
      let source = a + Int(rows[row]) * stride
      for index in 0..<count { values[index * sparseHeight + row] = source[Int(steps[index])] }
    }
  }

  @inline(__always)
  private func listNonZeros(_ a: UnsafePointer<Float>, _ stride: Int) -> Int {
    var count = 0
    var step = 0
    while step + lanes <= k {
      var any = Bits.zero
      for row in 0..<sparseHeight { any |= bits(load(a + Int(rows[row]) * stride + step)) }
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
      var any: UInt32 = 0
      for row in 0..<sparseHeight { any |= a[Int(rows[row]) * stride + step].bitPattern }
      steps[count] = UInt16(truncatingIfNeeded: step)
      count += any << 1 != 0 ? 1 : 0
      step += 1
    }
    return count
  }
}

/// Whether leaving zeros out pays for these rows, by two of their tiles.
@inline(never)
func isSparse(_ a: UnsafePointer<Float>, _ stride: Int, _ rows: Int, _ k: Int, panels: Int) -> Bool {
  // What listing takes is shared by the panels, and made up for by the k left out.
  if rows < sparseHeight || panels < 4 || k < 64 { return false }
  var zeros = 0
  let middle = (rows - sparseHeight) / 2
  for step in 0..<k {
    var first = a[step].bitPattern
    var second = a[middle * stride + step].bitPattern
    for row in 1..<sparseHeight {
      first |= a[row * stride + step].bitPattern
      second |= a[(middle + row) * stride + step].bitPattern
    }
    zeros += (first << 1 == 0 ? 1 : 0) + (second << 1 == 0 ? 1 : 0)
  }
  let leastPercent = 30
  return zeros * 100 > 2 * k * leastPercent
}
