import AblateRuntime

extension LayerTally {
  /// How the columns of a layer are read.
  struct Reading {
    let order: ClassOrder
    /// Of the first row of the block.
    let firstRow: Int64
    /// Above it a unit is active; not below 0.
    let threshold: Float
    let edges: LevelEdges?
    let range: (low: Double, high: Double)
  }

  /// Adds the activations of a unit.
  @_optimize(speed)
  func add(_ column: UnitColumn, unit: Int, _ reading: Reading) {
    nonFinite.pointer[unit] &+= Int64(column.nonFinite)
    // As integers in the order of the values, which processors compare several at a time.
    var lowest = Self.place((column.zeroCount > 0 ? 0 : Float.infinity).bitPattern)
    var highest = Self.place((column.zeroCount > 0 ? 0 : -Float.infinity).bitPattern)
    let threshold = Self.place(reading.threshold.bitPattern)
    var count: Int32 = 0
    for index in 0..<column.count {
      let place = Self.place(column.kept[index].bitPattern)
      lowest = min(lowest, place)
      highest = max(highest, place)
      count &+= place > threshold ? 1 : 0
    }
    let low = Float(bitPattern: Self.bits(ofPlace: lowest))
    let high = Float(bitPattern: Self.bits(ofPlace: highest))
    active.pointer[unit] &+= Int64(count)
    include(low, high, inExtremesOf: unit)
    addSums(column, unit: unit, reading.order, largest: max(high, -low))
    if let edges = reading.edges { addLevels(column, unit: unit, edges, reading.order) }
    if bins > 0 { addHistogram(column, unit: unit, reading.range) }
    if let topRows, high >= topRows.least(unit) {
      var least = topRows.least(unit)
      for row in 0..<reading.order.rowCount {
        let value = column.source[row * column.stride]
        if value >= least, value < .infinity, value > -.infinity {
          topRows.add(value + 0, row: reading.firstRow + Int64(row), to: unit)
          least = topRows.least(unit)
        }
      }
    }
  }

  /// Larger for larger values: those below 0 count downwards.
  @inline(__always)
  private static func place(_ bits: UInt32) -> Int32 {
    let signed = Int32(bitPattern: bits)
    return signed ^ (signed >> 31 & Int32.max)
  }

  @inline(__always)
  private static func bits(ofPlace place: Int32) -> UInt32 { UInt32(bitPattern: place ^ (place >> 31 & Int32.max)) }

  @_optimize(speed)
  private func addSums(_ column: UnitColumn, unit: Int, _ order: ClassOrder, largest: Float) {
    let squares = square(unit)
    let window = TermWindow(largest: largest, rows: order.rowCount)
    var squareSum = UInt128(0)
    var index = 0
    for run in 0..<order.runCount {
      let end = Int(column.ends[run])
      if index == end { continue }
      let sum = sum(unit, class: classCount == 1 ? 0 : Int(order.classes.pointer[run]))
      var ownSum: Int64 = 0
      while index < end {
        let term = FloatTerm(column.kept[index])
        let offset = term.shift &- window.base
        if offset >= 0 {
          ownSum &+= term.signed &<< Int64(truncatingIfNeeded: offset)
          squareSum &+= UInt128(truncatingIfNeeded: term.significand &* term.significand) &<< UInt128(2 &* offset)
        } else {
          sum.add(term.significand, shift: term.shift, isNegative: term.isNegative)
          squares.add(term.significand &* term.significand, shift: 2 &* term.shift, isNegative: false)
        }
        index &+= 1
      }
      sum.add(ownSum.magnitude, shift: window.base, isNegative: ownSum < 0)
    }
    squares.add(UInt64(truncatingIfNeeded: squareSum), shift: 2 &* window.base, isNegative: false)
    squares.add(UInt64(truncatingIfNeeded: squareSum >> 64), shift: 2 &* window.base &+ 64, isNegative: false)
  }

  @_optimize(speed)
  private func addLevels(_ column: UnitColumn, unit: Int, _ edges: LevelEdges, _ order: ClassOrder) {
    let bits = edges.bits
    let own = edges.values.pointer + unit * edges.perUnit
    let zeroLevel = LevelEdges.level(0, own, bits: bits)
    var index = 0
    var zeros: Int32 = 0
    for run in 0..<order.runCount {
      let counts =
        levels.pointer + (unit * classCount + (classCount == 1 ? 0 : Int(order.classes.pointer[run]))) << bits
      counts[zeroLevel] &+= Int64(column.zeros[run] &- zeros)
      zeros = column.zeros[run]
      let end = Int(column.ends[run])
      if bits == 1 {
        var above = 0
        let first = index
        while index < end {
          above &+= own[0] < column.kept[index] ? 1 : 0
          index &+= 1
        }
        counts[0] &+= Int64(end - first - above)
        counts[1] &+= Int64(above)
      }
      while index < end {
        counts[LevelEdges.level(column.kept[index], own, bits: bits)] &+= 1
        index &+= 1
      }
    }
  }

  @_optimize(speed)
  private func addHistogram(_ column: UnitColumn, unit: Int, _ range: (low: Double, high: Double)) {
    let counts = histogram.pointer + unit * (bins + 2)
    let bins = HistogramBins(range: range, count: bins)
    counts[bins.place(of: 0)] &+= Int64(column.zeroCount)
    for index in 0..<column.count { counts[bins.place(of: column.kept[index])] &+= 1 }
  }

  /// Adds what h ∂L/∂h of a unit is.
  @_optimize(speed)
  func addTaylor(_ column: UnitColumn, unit: Int) {
    taylorNonFinite.pointer[unit] &+= Int64(column.nonFinite)
    let sizes = taylor(unit, isSigned: false)
    let sums = taylor(unit, isSigned: true)
    var largest: Int32 = 0
    for index in 0..<column.count {
      largest = max(largest, Int32(bitPattern: column.kept[index].bitPattern & 0x7fff_ffff))
    }
    let window = TermWindow(largest: Float(bitPattern: UInt32(bitPattern: largest)), rows: column.count)
    var size: UInt64 = 0
    var sum: Int64 = 0
    for index in 0..<column.count {
      let term = FloatTerm(column.kept[index])
      let offset = term.shift &- window.base
      if offset >= 0 {
        size &+= term.significand &<< UInt64(truncatingIfNeeded: offset)
        sum &+= term.signed &<< Int64(truncatingIfNeeded: offset)
      } else {
        sizes.add(term.significand, shift: term.shift, isNegative: false)
        sums.add(term.significand, shift: term.shift, isNegative: term.isNegative)
      }
    }
    sizes.add(size, shift: window.base, isNegative: false)
    sums.add(sum.magnitude, shift: window.base, isNegative: sum < 0)
  }
}

/// Terms that are not much smaller than the largest one are summed up in one word, or two for squares, before they go into wide integers.
private struct TermWindow {
  /// The smallest shift inside.
  let base: Int

  /// 24 bits of a significand, the shift, and the bits of the number of rows fill 63.
  init(largest: Float, rows: Int) {
    let width = 39 - (Int.bitWidth - rows.leadingZeroBitCount)
    base = max(0, FloatTerm(largest).shift - max(0, width))
  }
}

/// A finite float as significand * 2^(shift - 149).
private struct FloatTerm {
  let significand: UInt64
  let shift: Int
  let isNegative: Bool

  @inline(__always) init(_ value: Float) {
    let bits = value.bitPattern
    let exponent = Int(truncatingIfNeeded: bits >> 23 & 255)
    significand = UInt64(bits & 0x7f_ffff) | (exponent == 0 ? 0 : 1 << 23)
    shift = exponent == 0 ? 0 : exponent &- 1
    isNegative = bits >> 31 != 0
  }

  @inline(__always) var signed: Int64 {
    isNegative ? 0 &- Int64(truncatingIfNeeded: significand) : Int64(truncatingIfNeeded: significand)
  }
}

/// Bins of equal width from `low` to `high`, each with its lower end and the last one with its upper end, too, as in NumPy.
struct HistogramBins {
  private let low: Double
  private let high: Double
  private let count: Int
  private let width: Double
  private let perWidth: Double

  init(range: (low: Double, high: Double), count: Int) {
    low = range.low
    high = range.high
    self.count = count
    width = (high - low) / Double(count)
    perWidth = Double(count) / (high - low)
  }

  private func edge(_ index: Int) -> Double { index == count ? high : Double(index) * width + low }

  /// 0 below the range, 1 to `count` in the bins, count + 1 above.
  @inline(__always)
  func place(of value: Float) -> Int {
    let value = Double(value)
    if value < low { return 0 }
    if value > high { return count + 1 }
    let quotient = (value - low) * perWidth
    // The nearest integer, which is at most 2^16, in the last bits of a sum.
    let sum = quotient + 0x1.8p52
    let nearest = Int(truncatingIfNeeded: sum.bitPattern & 0xff_ffff)
    let rest = quotient - (sum - 0x1.8p52)
    // Next to an edge, and what rounding does is much less than this, the edges decide.
    if abs(rest) < 0x1p-10 { return nearest < count && value >= edge(nearest) ? nearest + 1 : nearest }
    // Without a branch, which nobody could foresee.
    return nearest &+ 1 &- Int(truncatingIfNeeded: rest.bitPattern >> 63)
  }
}
