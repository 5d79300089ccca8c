import CPlatform

/// Rows whose tiles are listed at once: more find better company, and take more room.
@inline(__always) private var listedRows: Int { 192 }

/// Columns from which on it pays to look for company.
@inline(__always) private var columnsWorthOrder: Int { 192 }

/// The same as `gemm` for rows with many zeros and panels that fit into c. False, and nothing done, if memory is out.
///
/// - Parameter depth: the k of one pass.
@inline(never)
func sparseGemm(
  _ packed: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ panels: Panels, _ a: UnsafePointer<Float>,
  _ aStride: Int, _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ rows: Int, _ range: Range<Int>, _ isReLU: Bool,
  _ depth: Int
) -> Bool {
  let windows = (rows + listedRows - 1) / listedRows
  let most = (rows + windows - 1) / windows
  let tiles = (most + listedHeight - 1) / listedHeight
  let valueCount = tiles * depth * listedHeight
  let numberCount = tiles * (depth + listedHeight)
  guard let room = cplatform_allocate_unset(4 * valueCount + 2 * numberCount) else { return false }
  let values = room.bindMemory(to: Float.self, capacity: valueCount)
  let order = (room + 4 * valueCount).bindMemory(to: UInt16.self, capacity: numberCount)
  var row = 0
  while row < rows {
    let count = min(most, rows - row)
    orderByZeros(
      a + row * aStride, aStride, rows: count, panels.k, search: range.count * panelWidth >= columnsWorthOrder,
      into: order)
    var done = 0
    while done < panels.k {
      let now = min(depth, panels.k - done)
      sparseBlock(
        packed, bias, panels, a + row * aStride + done, aStride, c + row * cStride, cStride, range, done, now,
        isReLU && done + now == panels.k, tiles: (count + listedHeight - 1) / listedHeight, order,
        steps: order + tiles * listedHeight, values)
      done += now
    }
    row += count
  }
  cplatform_free_unset(room)
  return true
}

/// Inputs done ..< done + k of some panels for the tiles of a window.
@inline(__always)
private func sparseBlock(
  _ packed: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ panels: Panels, _ a: UnsafePointer<Float>,
  _ aStride: Int, _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ range: Range<Int>, _ done: Int, _ k: Int,
  _ isReLU: Bool, tiles: Int, _ order: UnsafePointer<UInt16>, steps: UnsafeMutablePointer<UInt16>,
  _ values: UnsafeMutablePointer<Float>
) {
  @inline(__always) func tile(_ number: Int) -> SparseTile {
    SparseTile(
      rows: order + number * listedHeight, steps: steps + number * k, values: values + number * k * listedHeight)
  }
  withUnsafeTemporaryAllocation(of: Int.self, capacity: tiles) { counts in
    for number in 0..<tiles { counts[number] = tile(number).fill(a, aStride, k, withZeros: false) }
    var panel = range.lowerBound
    while panel < range.upperBound {
      let width = panels.width(of: panel)
      let isPair = listedPanels == 2 && panel + 1 < range.upperBound && panels.width(of: panel + 1) == panelWidth
      let next = isPair ? 1 : 0
      let weights = packed + panels.offset(of: panel) + done * width
      let column = panel * panelWidth
      let sums = Sums(
        start: done == 0 ? .bias(bias + column) : .partialSums, c: c + column, cStride: cStride,
        finish: isReLU ? .relu : nil)
      for number in 0..<tiles {
        let tile = tile(number)
        if tile.run(counts[number], weights, width, next: next, panels, sums, hasZeros: counts[number] == k) {
          continue
        }
        counts[number] = tile.fill(a, aStride, k, withZeros: true)
        _ = tile.run(k, weights, width, next: next, panels, sums, hasZeros: true)
      }
      panel += 1 + next
    }
  }
}
