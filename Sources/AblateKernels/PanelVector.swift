/// What the columns of a panel narrower than two vectors are held in: one vector, or half of one.
protocol PanelVector {
  static var width: Int { get }
  static func load(_ pointer: UnsafePointer<Float>) -> Self
  static func splat(_ value: Float) -> Self
  func store(_ pointer: UnsafeMutablePointer<Float>)
  func adding(_ a: Self, times b: Self) -> Self
  func adding(_ other: Self) -> Self
  func clipped(_ lower: Self, _ upper: Self) -> Self
  var hasNegativeZero: Bool { get }
}

/// One vector of a panel's columns.
struct OneVector: PanelVector {
  let columns: Vector

  @inline(__always) static var width: Int { lanes }
  @inline(__always) static func load(_ pointer: UnsafePointer<Float>) -> OneVector {
    OneVector(columns: UnsafeRawPointer(pointer).loadUnaligned(as: Vector.self))
  }
  @inline(__always) static func splat(_ value: Float) -> OneVector { OneVector(columns: Vector(repeating: value)) }
  @inline(__always) func store(_ pointer: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: columns, as: Vector.self)
  }
  @inline(__always) func adding(_ a: OneVector, times b: OneVector) -> OneVector {
    OneVector(columns: multiplyAdd(columns, a.columns, b.columns))
  }
  @inline(__always) func adding(_ other: OneVector) -> OneVector { OneVector(columns: columns + other.columns) }
  @inline(__always) func clipped(_ lower: OneVector, _ upper: OneVector) -> OneVector {
    OneVector(columns: clip(columns, lower.columns, upper.columns))
  }
  @inline(__always) var hasNegativeZero: Bool { isAnySet(negativeZeroLanes(columns)) }
}

/// Half a vector of them.
struct HalfOfOne: PanelVector {
  let columns: HalfVector

  @inline(__always) static var width: Int { HalfVector.scalarCount }
  @inline(__always) static func load(_ pointer: UnsafePointer<Float>) -> HalfOfOne {
    HalfOfOne(columns: UnsafeRawPointer(pointer).loadUnaligned(as: HalfVector.self))
  }
  @inline(__always) static func splat(_ value: Float) -> HalfOfOne { HalfOfOne(columns: HalfVector(repeating: value)) }
  @inline(__always) func store(_ pointer: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: columns, as: HalfVector.self)
  }
  @inline(__always) func adding(_ a: HalfOfOne, times b: HalfOfOne) -> HalfOfOne {
    HalfOfOne(columns: multiplyAdd(columns, a.columns, b.columns))
  }
  @inline(__always) func adding(_ other: HalfOfOne) -> HalfOfOne { HalfOfOne(columns: columns + other.columns) }
  @inline(__always) func clipped(_ lower: HalfOfOne, _ upper: HalfOfOne) -> HalfOfOne {
    HalfOfOne(columns: clip(columns, lower.columns, upper.columns))
  }
  @inline(__always) var hasNegativeZero: Bool {
    isAnySet(negativeZeroLanes(Vector(lowHalf: columns, highHalf: columns)))
  }
}

/// c[rows, columns] over a panel of one vector or half a vector, for rows from `first` on: see `wideTile`.
@inline(__always)
func narrowTile<Columns: PanelVector, let rows: Int>(
  _: Columns.Type, _: Height<rows>, first: Int, _ terms: Terms, _ target: Sums
) {
  let cStride = target.cStride
  let c = target.c + first * cStride
  var sums: InlineArray<rows, Columns> = started(target) { c + $0 * cStride }
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

/// Sums before their first terms; `place` is where those of a row are in c.
@inline(__always)
func started<Columns: PanelVector, let rows: Int>(
  _ target: Sums, _ place: (_ row: Int) -> UnsafeMutablePointer<Float>
) -> InlineArray<rows, Columns> {
  var sums = InlineArray<rows, Columns>(repeating: Columns.splat(0))
  switch target.start {
  case .bias(let bias):
    let first = Columns.load(bias)
    for row in 0..<rows { sums[row] = first }
  case .partialSums:
    for row in 0..<rows { sums[row] = Columns.load(place(row)) }
  }
  return sums
}
