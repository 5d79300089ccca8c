/// Vectors of a panel of doubles: enough sums side by side for the latency of multiply-adds.
#if ABLATE_V4
  private typealias PanelHeight = Height<6>
  private typealias NarrowHeight = Height<2>
  private let panelVectors = 6
#else
  private typealias PanelHeight = Height<8>
  private typealias NarrowHeight = Height<3>
  private let panelVectors = 8
#endif

extension Height {
  /// Of so many vectors of doubles.
  @inline(__always) fileprivate static var columns: Int { rows * DoubleVector.scalarCount }
}

/// Columns of a panel of doubles.
@inline(__always) var productPanelWidth: Int { panelVectors * DoubleVector.scalarCount }

/// Lays rows of floats out as panels of doubles: see `KernelTable.widen`.
@inline(never)
func widen(
  _ x: UnsafePointer<Float>, _ stride: Int, _ rows: Int, _ n: Int, _ panels: UnsafeMutablePointer<Double>,
  _ panelRows: Int
) {
  let width = productPanelWidth
  var first = 0
  var panel = panels
  while first < n {
    let count = min(width, n - first)
    for row in 0..<rows {
      let source = x + row * stride + first
      let target = panel + row * width
      for column in 0..<count { target[column] = Double(source[column]) }
      for column in count..<width { target[column] = 0 }
    }
    panel += panelRows * width
    first += width
  }
}

/// Rows of a panel that stay in the first-level cache.
@inline(__always) private var cachedRows: Int { 48 }

/// Adds products of the columns of one panel and those from it on: see `KernelTable.addProducts`.
@inline(never)
func addProducts(
  _ panels: UnsafePointer<Double>, _ panelRows: Int, _ rows: Int, _ panel: Int, _ n: Int,
  _ sums: UnsafeMutablePointer<Double>, _ stride: Int
) {
  let width = productPanelWidth
  let size = panelRows * width
  withUnsafeTemporaryAllocation(of: UInt8.self, capacity: width * (cachedRows + 1)) { room in
    guard let lists = room.baseAddress else { return }
    let counts = lists + width * cachedRows
    var first = 0
    while first < rows {
      let count = min(cachedRows, rows - first)
      let start = panels + first * width
      let own = start + panel * size
      for column in 0..<width {
        counts[column] = listNonZeros(own + column, width, count, lists + column * cachedRows)
      }
      var others = panel * width
      while others < n {
        let other = start + others / width * size
        let left = n - others
        for column in 0..<width where counts[column] != 0 {
          let list = lists + column * cachedRows
          let target = sums + (panel * width + column) * stride + others
          if left <= NarrowHeight.columns {
            addMultiples(NarrowHeight(), own + column, other, width, list, Int(counts[column]), target)
          } else {
            addMultiples(PanelHeight(), own + column, other, width, list, Int(counts[column]), target)
          }
        }
        others += width
      }
      first += count
    }
  }
}

/// Lists the rows in which a column is not 0.
@inline(__always)
private func listNonZeros(
  _ column: UnsafePointer<Double>, _ width: Int, _ rows: Int, _ list: UnsafeMutablePointer<UInt8>
) -> UInt8 {
  var count = 0
  for row in 0..<rows {
    list[count] = UInt8(truncatingIfNeeded: row)
    // Without a branch, which nobody could foresee; the shift takes the sign away.
    let bits = column[row * width].bitPattern << 1
    count += Int(truncatingIfNeeded: (bits | (0 &- bits)) >> 63)
  }
  return UInt8(truncatingIfNeeded: count)
}

/// sums[panel] += own * others over the listed rows. Products of floats are exact in doubles, so it does not matter whether they are fused.
@inline(__always)
private func addMultiples<let vectors: Int>(
  _: Height<vectors>, _ own: UnsafePointer<Double>, _ others: UnsafePointer<Double>, _ width: Int,
  _ list: UnsafePointer<UInt8>, _ count: Int, _ target: UnsafeMutablePointer<Double>
) {
  let lanes = DoubleVector.scalarCount
  var sums = InlineArray<vectors, DoubleVector>(repeating: .zero)
  for part in 0..<vectors { sums[part] = load(target + part * lanes) }
  for index in 0..<count {
    let place = Int(list[index]) * width
    let x = DoubleVector(repeating: own[place])
    for part in 0..<vectors { sums[part] = multiplyAdd(sums[part], x, load(others + place + part * lanes)) }
  }
  for part in 0..<vectors { store(sums[part], target + part * lanes) }
}
