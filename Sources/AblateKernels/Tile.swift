import CPlatform

/// Carries the height of a tile as a type: as an ordinary parameter it would send the accumulators to memory.
struct Height<let rows: Int> {}

#if ABLATE_V4
  let tileHeight = 12
#elseif ABLATE_V3 || arch(arm64)
  let tileHeight = 6
#else
  let tileHeight = 2
#endif

/// Whether the rows of a tile can lie anywhere. The addresses of twelve rows are more than there are registers for: they have one stride.
@inline(__always) var areRowsFree: Bool { tileHeight < 12 }

/// Whether there is code for special cases. The few processors without fused multiply-add do without.
@inline(__always) var isTuned: Bool { tileHeight > 2 }

/// Columns of a full panel.
@inline(__always) var panelWidth: Int { 2 * lanes }

/// Where a tile's sums start: from the bias, or from what earlier blocks of k left in c.
enum Start {
  case bias(UnsafePointer<Float>)
  case partialSums
}

/// Consecutive k whose inputs lie next to each other, `offset` floats behind the first of their row.
struct Run {
  let offset: Int
  let count: Int
}

/// The terms of a tile's sums: all k of the runs, which follow each other in the panel.
struct Terms {
  let a: UnsafePointer<Float>
  /// How many floats behind `a` each row is; see `areRowsFree`.
  let places: UnsafePointer<Int>
  let runs: UnsafePointer<Run>
  let runCount: Int
  let panel: UnsafePointer<Float>
  /// How far ahead of a weight in use another is asked for, a line of the cache for each four k; 0 if none is.
  var ahead = 0
}

/// What becomes of finished sums: the residual, with the stride of c, is added, then they are kept between two limits.
struct Finish {
  let residual: UnsafePointer<Float>?
  let lower: Float
  let upper: Float
}

/// Where a tile's sums are.
struct Sums {
  let start: Start
  let c: UnsafeMutablePointer<Float>
  let cStride: Int
  /// Missing where the sums stay as they are.
  let finish: Finish?
}

/// The k and the rows of a tile of which zeros are left out, see `SparseTile`. Its values lie next to each other for each k.
struct Listed {
  let rows: UnsafePointer<UInt16>
  let steps: UnsafePointer<UInt16>
  let count: Int
  let hasZeros: Bool

  /// The number of a tile's row among all rows.
  @inline(__always) static func row(_ row: Int, _ listed: Listed?) -> Int {
    if let listed { Int(listed.rows[row]) } else { row }
  }
}

/// c[rows, 2 vectors] over one panel: each element one chain of multiply-adds, k ascending. With `listed`, over those k only, unless zeros
/// are left out and a sum comes out as -0: then nothing is written, and the answer is false.
@inline(__always)
func wideTile<let rows: Int>(_: Height<rows>, _ terms: Terms, _ listed: Listed?, _ target: Sums) -> Bool {
  let c = target.c
  let cStride = target.cStride
  var sums = InlineArray<rows, InlineArray<2, Vector>>(repeating: InlineArray<2, Vector>(repeating: .zero))
  switch target.start {
  case .bias(let bias):
    let left = load(bias)
    let right = load(bias + lanes)
    for row in 0..<rows {
      sums[row][0] = left
      sums[row][1] = right
    }
  case .partialSums:
    for row in 0..<rows {
      let own = c + Listed.row(row, listed) * cStride
      sums[row][0] = load(own)
      sums[row][1] = load(own + lanes)
    }
  }
  if let listed {
    var values = terms.a
    let offsets = Offsets<rows>(stride: 1)
    for index in 0..<listed.count {
      addProducts(values, offsets, terms.panel + Int(listed.steps[index]) * panelWidth, to: &sums)
      values += rows
    }
    var negativeZeros = Bits.zero
    for row in 0..<rows { negativeZeros |= negativeZeroLanes(sums[row][0]) | negativeZeroLanes(sums[row][1]) }
    if !listed.hasZeros, isAnySet(negativeZeros) { return false }
  } else {
    addAllProducts(terms, to: &sums)
  }
  if let finish = target.finish {
    if let residual = finish.residual {
      for row in 0..<rows {
        sums[row][0] += load(residual + row * cStride)
        sums[row][1] += load(residual + row * cStride + lanes)
      }
    }
    // One loop for both limits is so long that the compiler unrolls it too late, and the sums go to memory.
    let lower = splat(finish.lower)
    for row in 0..<rows {
      sums[row][0] = replacing(sums[row][0], with: lower, below: lower)
      sums[row][1] = replacing(sums[row][1], with: lower, below: lower)
    }
    let upper = splat(finish.upper)
    for row in 0..<rows {
      sums[row][0] = replacing(sums[row][0], with: upper, above: upper)
      sums[row][1] = replacing(sums[row][1], with: upper, above: upper)
    }
  }
  for row in 0..<rows {
    let own = c + Listed.row(row, listed) * cStride
    store(sums[row][0], own)
    store(sums[row][1], own + lanes)
  }
  return true
}

/// How many floats behind a pointer the rows of a tile are.
private struct Offsets<let rows: Int> {
  #if ABLATE_V4
    let stride: Int

    @inline(__always) init(stride: Int) { self.stride = stride }
    @inline(__always) init(_ places: UnsafePointer<Int>) { stride = rows > 1 ? places[1] - places[0] : 0 }
  #else
    var values = InlineArray<rows, Int>(repeating: 0)

    @inline(__always) init(stride: Int) { for row in 0..<rows { values[row] = row * stride } }
    @inline(__always) init(_ places: UnsafePointer<Int>) { for row in 0..<rows { values[row] = places[row] } }
  #endif
}

@inline(__always)
private func addAllProducts<let rows: Int>(_ terms: Terms, to sums: inout InlineArray<rows, InlineArray<2, Vector>>) {
  let offsets = Offsets<rows>(terms.places)
  #if ABLATE_V4
    let first = terms.a + terms.places[0]
  #else
    // Offsets from the first row would have the compiler keep sums of them and the runs' in memory.
    let first = terms.a
  #endif
  let ahead = terms.ahead
  var weights = terms.panel
  for run in 0..<terms.runCount {
    var a = first + terms.runs[run].offset
    var left = terms.runs[run].count
    #if ABLATE_V3 || arch(arm64)
      // What else a turn takes is shared by four k: another thread on the same core leaves few instructions to spare.
      if ahead > 0 {
        while left >= 4 {
          cplatform_prefetch_far(weights + ahead)
          addFourProducts(a, offsets, weights, to: &sums)
          a += 4
          weights += 4 * panelWidth
          left -= 4
        }
      }
      while left >= 4 {
        addFourProducts(a, offsets, weights, to: &sums)
        a += 4
        weights += 4 * panelWidth
        left -= 4
      }
    #endif
    while left > 0 {
      addProducts(a, offsets, weights, to: &sums)
      a += 1
      weights += panelWidth
      left -= 1
    }
  }
}

@inline(__always)
private func addFourProducts<let rows: Int>(
  _ a: UnsafePointer<Float>, _ offsets: Offsets<rows>, _ weights: UnsafePointer<Float>,
  to sums: inout InlineArray<rows, InlineArray<2, Vector>>
) {
  addProducts(a, offsets, weights, to: &sums)
  addProducts(a + 1, offsets, weights + panelWidth, to: &sums)
  addProducts(a + 2, offsets, weights + 2 * panelWidth, to: &sums)
  addProducts(a + 3, offsets, weights + 3 * panelWidth, to: &sums)
}

/// The terms of one k.
@inline(__always)
private func addProducts<let rows: Int>(
  _ a: UnsafePointer<Float>, _ offsets: Offsets<rows>, _ weights: UnsafePointer<Float>,
  to sums: inout InlineArray<rows, InlineArray<2, Vector>>
) {
  let left = load(weights)
  let right = load(weights + lanes)
  #if ABLATE_V4
    var values = a
  #endif
  for row in 0..<rows {
    #if ABLATE_V4
      let x = splat(values.pointee)
      values += offsets.stride
    #else
      let x = splat(a[offsets.values[row]])
    #endif
    sums[row][0] = multiplyAdd(sums[row][0], x, left)
    sums[row][1] = multiplyAdd(sums[row][1], x, right)
  }
}

/// What the columns of a panel narrower than two vectors are held in: one vector, or half of one.
protocol PanelVector {
  static var width: Int { get }
  static func load(_ pointer: UnsafePointer<Float>) -> Self
  static func splat(_ value: Float) -> Self
  func store(_ pointer: UnsafeMutablePointer<Float>)
  func adding(_ a: Self, times b: Self) -> Self
  func adding(_ other: Self) -> Self
  func clipped(_ lower: Self, _ upper: Self) -> Self
}

/// The same over a panel of one vector or half a vector, for rows from `first` on.
@inline(__always)
func narrowTile<Columns: PanelVector, let rows: Int>(
  _: Columns.Type, _: Height<rows>, first: Int, _ terms: Terms, _ target: Sums
) {
  let cStride = target.cStride
  let c = target.c + first * cStride
  var sums = InlineArray<rows, Columns>(repeating: Columns.splat(0))
  switch target.start {
  case .bias(let bias):
    let first = Columns.load(bias)
    for row in 0..<rows { sums[row] = first }
  case .partialSums:
    for row in 0..<rows { sums[row] = Columns.load(c + row * cStride) }
  }
  var offsets = InlineArray<rows, Int>(repeating: 0)
  for row in 0..<rows { offsets[row] = terms.places[first + row] }
  var weights = terms.panel
  for run in 0..<terms.runCount {
    let a = terms.a + terms.runs[run].offset
    for step in 0..<terms.runs[run].count {
      let columns = Columns.load(weights)
      for row in 0..<rows { sums[row] = sums[row].adding(Columns.splat(a[offsets[row] + step]), times: columns) }
      weights += Columns.width
    }
  }
  if let finish = target.finish {
    if let residual = finish.residual {
      for row in 0..<rows { sums[row] = sums[row].adding(Columns.load(residual + (first + row) * cStride)) }
    }
    let lower = Columns.splat(finish.lower)
    let upper = Columns.splat(finish.upper)
    for row in 0..<rows { sums[row] = sums[row].clipped(lower, upper) }
  }
  for row in 0..<rows { sums[row].store(c + row * cStride) }
}
