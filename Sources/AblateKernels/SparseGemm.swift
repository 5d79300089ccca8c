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
  let tiles = (most + sparseHeight - 1) / sparseHeight
  let valueCount = tiles * depth * sparseHeight
  let numberCount = tiles * (depth + sparseHeight)
  let bytes = 4 * valueCount + 2 * numberCount
  guard let room = cplatform_allocate_unset(bytes) else { return false }
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
        isReLU && done + now == panels.k, tiles: (count + sparseHeight - 1) / sparseHeight, order,
        steps: order + tiles * sparseHeight, values)
      done += now
    }
    row += count
  }
  cplatform_free_unset(room, bytes)
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
      rows: order + number * sparseHeight, steps: steps + number * k, values: values + number * k * sparseHeight, k: k)
  }
  @inline(__always) func sums(_ panel: Int) -> Sums {
    Sums(
      start: done == 0 ? .bias(bias + panel * panelWidth) : .partialSums, c: c + panel * panelWidth, cStride: cStride,
      finish: isReLU ? .relu : nil)
  }
  withUnsafeTemporaryAllocation(of: SparseTile.self, capacity: tiles) { filled in
    for number in 0..<tiles {
      filled.initializeElement(at: number, to: tile(number))
      filled[number].list(a, aStride)
    }
    var panel = range.lowerBound
    while panel < range.upperBound {
      let width = panels.width(of: panel)
      let isPair = sparsePanels == 2 && panel + 1 < range.upperBound && panels.width(of: panel + 1) == panelWidth
      let next = isPair ? 1 : 0
      let weights = packed + panels.offset(of: panel) + done * width
      let (target, nextTarget) = (sums(panel), sums(panel + next))
      @inline(__always) func isWritten(_ tile: SparseTile) -> Bool {
        width < panelWidth
          ? tile.sum(weights, width: width, target)
          : tile.sum(weights, next: panels.offset(of: next), target, nextTarget: nextTarget)
      }
      for number in 0..<tiles where !isWritten(filled[number]) {
        filled[number].list(a, aStride, all: true)
        _ = isWritten(filled[number])
      }
      panel += 1 + next
    }
  }
}
