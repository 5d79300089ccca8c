// Many inputs are images whose background is 0. A term 0 * w changes a chain in nothing but the sign of a zero, so tiles whose rows share
// enough zeros leave those terms out; where a sum comes out as -0, the tile is computed in full.

/// The rows of a tile over one block of k, each k at which any of them is not 0 with the values there next to each other.
struct SparseTile {
  /// [listedHeight]: the rows, of which the last ones may repeat.
  let rows: UnsafePointer<UInt16>
  /// [k]
  let steps: UnsafeMutablePointer<UInt16>
  /// [k, listedHeight]
  let values: UnsafeMutablePointer<Float>

  /// Lists the k that are not 0 in all rows, or all of them, and returns how many there are.
  @inline(never)
  func fill(_ a: UnsafePointer<Float>, _ stride: Int, _ k: Int, withZeros: Bool) -> Int {
    var count = k
    if withZeros {
      for step in 0..<k { steps[step] = UInt16(truncatingIfNeeded: step) }
    } else {
      count = listNonZeros(a, stride, k)
    }
    for row in 0..<listedHeight {
      let source = a + Int(rows[row]) * stride
      for index in 0..<count { values[index * listedHeight + row] = source[Int(steps[index])] }
    }
    return count
  }

  @inline(__always)
  private func listNonZeros(_ a: UnsafePointer<Float>, _ stride: Int, _ k: Int) -> Int {
    var count = 0
    var step = 0
    while step + lanes <= k {
      var any = Bits.zero
      for row in 0..<listedHeight { any |= bits(load(a + Int(rows[row]) * stride + step)) }
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
      for row in 0..<listedHeight { any |= a[Int(rows[row]) * stride + step].bitPattern }
      steps[count] = UInt16(truncatingIfNeeded: step)
      count += any << 1 != 0 ? 1 : 0
      step += 1
    }
    return count
  }

  /// c[rows, columns] over a panel of some width, or full ones `listedPanels` at a time, and the k listed. Unless `hasZeros`, nothing is
  /// written if a sum comes out as -0, and the answer is false.
  ///
  /// - Parameter next: panels from the first to the second.
  @inline(__always)
  func run(
    _ count: Int, _ panel: UnsafePointer<Float>, _ width: Int, next: Int, _ panels: Panels, _ target: Sums,
    hasZeros: Bool
  ) -> Bool {
    let listed = Listed(rows: rows, steps: steps, values: values, count: count, hasZeros: hasZeros)
    if width < panelWidth { return listedTile(width: width, listed, panel: panel, target) }
    return listedTile(
      listed, panel: panel, next: panels.offset(of: next), target, nextTarget: target.behind(next * panelWidth))
  }
}

/// Whether leaving zeros out pays for these rows, by two of their tiles.
@inline(never)
func isSparse(_ a: UnsafePointer<Float>, _ stride: Int, _ rows: Int, _ k: Int, panels: Int) -> Bool {
  if rows < listedHeight || panels < 4 || k < 64 { return false }
  var zeros = 0
  let middle = (rows - listedHeight) / 2
  for step in 0..<k {
    var first = a[step].bitPattern
    var second = a[middle * stride + step].bitPattern
    for row in 1..<listedHeight {
      first |= a[row * stride + step].bitPattern
      second |= a[(middle + row) * stride + step].bitPattern
    }
    zeros += (first << 1 == 0 ? 1 : 0) + (second << 1 == 0 ? 1 : 0)
  }
  return zeros * 10 > 2 * k * 3
}
