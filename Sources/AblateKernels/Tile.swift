/// Carries the height of a tile as a type: as an ordinary parameter it would send the accumulators to memory.
struct Height<let rows: Int> {}

#if ABLATE_V4
  let tileHeight = 12
#else
  let tileHeight = 6
#endif

/// Columns of a full panel.
@inline(__always) var panelWidth: Int { 2 * lanes }

/// Where a tile's sums start: from the bias, or from what earlier blocks of k left in c.
enum Start {
  case bias(UnsafePointer<Float>)
  case partialSums
}

/// c[rows, 2 vectors] over one panel: each element one chain of multiply-adds, k ascending. With `listed`, over those k only, unless a
/// sum comes out as -0: then nothing is written, and the answer is false.
@inline(__always)
func wideTile<let rows: Int>(
  _: Height<rows>, _ count: Int, _ listed: UnsafePointer<UInt16>?, _ a: UnsafePointer<Float>, _ aStride: Int,
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
  if let listed {
    for index in 0..<count { addProducts(a, aStride, panel, Int(listed[index]), to: &sums) }
    var negativeZeros = Bits.zero
    for row in 0..<rows { negativeZeros |= negativeZeroLanes(sums[row][0]) | negativeZeroLanes(sums[row][1]) }
    if isAnySet(negativeZeros) { return false }
  } else {
    for step in 0..<count { addProducts(a, aStride, panel, step, to: &sums) }
  }
  if isReLU {
    for row in 0..<rows {
      sums[row][0] = relu(sums[row][0])
      sums[row][1] = relu(sums[row][1])
    }
  }
  for row in 0..<rows {
    store(sums[row][0], c + row * cStride)
    store(sums[row][1], c + row * cStride + lanes)
  }
  return true
}

/// The terms of one k. Each row is reached from the one above it: the address of each row in a register of its own is more than there
/// are, and the compiler then reads all rows ahead and sends sums to memory.
@inline(__always)
private func addProducts<let rows: Int>(
  _ a: UnsafePointer<Float>, _ aStride: Int, _ panel: UnsafePointer<Float>, _ step: Int,
  to sums: inout InlineArray<rows, InlineArray<2, Vector>>
) {
  let left = load(panel + step * panelWidth)
  let right = load(panel + step * panelWidth + lanes)
  var value = a + step
  for row in 0..<rows {
    let x = splat(value.pointee)
    sums[row][0] = multiplyAdd(sums[row][0], x, left)
    sums[row][1] = multiplyAdd(sums[row][1], x, right)
    value += aStride
  }
}

/// What the columns of a panel are held in: two vectors, one, or half of one.
protocol PanelVector {
  static var width: Int { get }
  static func load(_ pointer: UnsafePointer<Float>) -> Self
  static func splat(_ value: Float) -> Self
  func store(_ pointer: UnsafeMutablePointer<Float>)
  func adding(_ a: Self, times b: Self) -> Self
  func positivePart() -> Self
  func adding(_ other: Self) -> Self
  func clipped(_ lower: Self, _ upper: Self) -> Self
}

/// The same over a panel of one vector or half a vector.
@inline(__always)
func narrowTile<Columns: PanelVector, let rows: Int>(
  _: Columns.Type, _: Height<rows>, _ k: Int, _ a: UnsafePointer<Float>, _ aStride: Int, _ panel: UnsafePointer<Float>,
  _ start: Start, _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ isReLU: Bool
) {
  var sums = InlineArray<rows, Columns>(repeating: Columns.splat(0))
  switch start {
  case .bias(let bias):
    let first = Columns.load(bias)
    for row in 0..<rows { sums[row] = first }
  case .partialSums:
    for row in 0..<rows { sums[row] = Columns.load(c + row * cStride) }
  }
  for step in 0..<k {
    let weights = Columns.load(panel + step * Columns.width)
    for row in 0..<rows { sums[row] = sums[row].adding(Columns.splat(a[row * aStride + step]), times: weights) }
  }
  if isReLU { for row in 0..<rows { sums[row] = sums[row].positivePart() } }
  for row in 0..<rows { sums[row].store(c + row * cStride) }
}
