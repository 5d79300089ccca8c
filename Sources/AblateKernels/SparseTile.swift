// Many inputs are images whose background is 0. A term 0 * w changes a chain in nothing but the sign of a zero, so tiles whose rows share
// enough zeros leave those terms out; where a sum comes out as -0, the tile is computed in full.

/// The rows of a tile over one block of k, each k at which any of them is not 0 with the values there next to each other.
struct SparseTile {
  /// [tileHeight]: the rows, of which the last ones may repeat.
  let rows: UnsafePointer<UInt16>
  /// [k]
  let steps: UnsafeMutablePointer<UInt16>
  /// [k, tileHeight]
  let values: UnsafeMutablePointer<Float>

  /// Lists the k that are not 0 in all rows, or all of them, and returns how many there are.
  @inline(never)
  func fill(_ a: UnsafePointer<Float>, _ stride: Int, _ k: Int, withZeros: Bool) -> Int {
    fill(fullHeight, a, stride, k, withZeros: withZeros)
  }

  @inline(__always)
  private func fill<let height: Int>(
    _: Height<height>, _ a: UnsafePointer<Float>, _ stride: Int, _ k: Int, withZeros: Bool
  ) -> Int {
    var sources = InlineArray<height, UnsafePointer<Float>>(repeating: a)
    for row in 0..<height { sources[row] = a + Int(rows[row]) * stride }
    var count = 0
    if withZeros {
      for step in 0..<k { steps[step] = UInt16(truncatingIfNeeded: step) }
      count = k
    } else {
      count = listNonZeros(sources, k)
    }
    var target = values
    for index in 0..<count {
      let step = Int(steps[index])
      for row in 0..<height { target[row] = sources[row][step] }
      target += height
    }
    return count
  }

  @inline(__always)
  private func listNonZeros<let height: Int>(_ sources: InlineArray<height, UnsafePointer<Float>>, _ k: Int) -> Int {
    var count = 0
    var step = 0
    while step + lanes <= k {
      var any = Bits.zero
      for row in 0..<height { any |= bits(load(sources[row] + step)) }
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
      for row in 0..<height { any |= sources[row][step].bitPattern }
      steps[count] = UInt16(truncatingIfNeeded: step)
      count += any << 1 != 0 ? 1 : 0
      step += 1
    }
    return count
  }

  /// c[rows, width] over one panel and the k listed; its width is one vector or two. Unless `hasZeros`, nothing is written if a sum comes
  /// out as -0, and the answer is false.
  @inline(never)
  func run(_ count: Int, _ panel: UnsafePointer<Float>, width: Int, _ target: Sums, hasZeros: Bool) -> Bool {
    width == panelWidth
      ? run(fullHeight, InlineArray<2, Vector>(repeating: .zero), count, panel, target, hasZeros: hasZeros)
      : run(fullHeight, InlineArray<1, Vector>(repeating: .zero), count, panel, target, hasZeros: hasZeros)
  }

  @inline(__always)
  private func run<let height: Int, let vectors: Int>(
    _: Height<height>, _ zeros: InlineArray<vectors, Vector>, _ count: Int, _ panel: UnsafePointer<Float>,
    _ target: Sums, hasZeros: Bool
  ) -> Bool {
    @inline(__always) func sumsOfRow(_ row: Int) -> UnsafeMutablePointer<Float> {
      target.c + Int(rows[row]) * target.cStride
    }
    var sums = InlineArray<height, InlineArray<vectors, Vector>>(repeating: zeros)
    for row in 0..<height {
      for part in 0..<vectors {
        switch target.start {
        case .bias(let bias): sums[row][part] = load(bias + part * lanes)
        case .partialSums: sums[row][part] = load(sumsOfRow(row) + part * lanes)
        }
      }
    }
    var values = UnsafePointer(values)
    for index in 0..<count {
      let weights = panel + Int(steps[index]) * (vectors * lanes)
      var columns = zeros
      for part in 0..<vectors { columns[part] = load(weights + part * lanes) }
      for row in 0..<height {
        let value = splat(values[row])
        for part in 0..<vectors { sums[row][part] = multiplyAdd(sums[row][part], value, columns[part]) }
      }
      values += height
    }
    if !hasZeros {
      var negativeZeros = Bits.zero
      for row in 0..<height { for part in 0..<vectors { negativeZeros |= negativeZeroLanes(sums[row][part]) } }
      if isAnySet(negativeZeros) { return false }
    }
    if target.finish != nil {
      for row in 0..<height { for part in 0..<vectors { sums[row][part] = relu(sums[row][part]) } }
    }
    for row in 0..<height { for part in 0..<vectors { store(sums[row][part], sumsOfRow(row) + part * lanes) } }
    return true
  }
}

/// Whether leaving zeros out pays for these rows, by two of their tiles.
@inline(never)
func isSparse(_ a: UnsafePointer<Float>, _ stride: Int, _ rows: Int, _ k: Int, panels: Int) -> Bool {
  if rows < tileHeight || panels < 4 || k < 64 { return false }
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
