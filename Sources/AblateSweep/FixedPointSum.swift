/// A sum of float32 values whose bits do not depend on the order of its terms: each term is rounded once to a multiple of 2^-40 and
/// added as an integer.
struct FixedPointSum: BitwiseCopyable {
  private var total: Int128 = 0
  /// Terms too large for the fixed point, infinities included, by sign.
  private var positiveOverflows: Int64 = 0
  private var negativeOverflows: Int64 = 0
  private var nans: Int64 = 0

  private static let unit: Double = 0x1p40
  /// 2^40 terms below it cannot overflow the total.
  private static let limit: Double = 0x1p46
  /// From here on the spacing of float32 values is a multiple of 2^-1.
  private static let coarse: Double = 0x1p22

  /// Adds a term `count` times; a negative count takes it away again.
  mutating func add(_ term: Float, count: Int64 = 1) {
    let value = Double(term)
    if value.isNaN {
      nans &+= count
    } else if value >= Self.limit {
      positiveOverflows &+= count
    } else if value <= -Self.limit {
      negativeOverflows &+= count
    } else if value >= Self.coarse || value <= -Self.coarse {
      total &+= (Int128(Int64(value * 2)) &<< 39) &* Int128(count)
    } else {
      total &+= Int128(Int64((value * Self.unit).rounded(.toNearestOrEven))) &* Int128(count)
    }
  }

  mutating func add(_ other: FixedPointSum) {
    total &+= other.total
    positiveOverflows &+= other.positiveOverflows
    negativeOverflows &+= other.negativeOverflows
    nans &+= other.nans
  }

  /// The sum; infinite if a term was 2^46 or more in magnitude, NaN if one was NaN or both infinities came together.
  var value: Double {
    if nans != 0 || (positiveOverflows != 0 && negativeOverflows != 0) { return .nan }
    if positiveOverflows != 0 { return .infinity }
    if negativeOverflows != 0 { return -.infinity }
    return Double(total) / Self.unit
  }

  /// All of it as words, and back.
  var words: [UInt64] {
    get {
      [
        UInt64(truncatingIfNeeded: total), UInt64(truncatingIfNeeded: total >> 64),
        UInt64(bitPattern: positiveOverflows),
        UInt64(bitPattern: negativeOverflows), UInt64(bitPattern: nans),
      ]
    }
    set {
      total = Int128(truncatingIfNeeded: newValue[0]) | Int128(Int64(bitPattern: newValue[1])) << 64
      positiveOverflows = Int64(bitPattern: newValue[2])
      negativeOverflows = Int64(bitPattern: newValue[3])
      nans = Int64(bitPattern: newValue[4])
    }
  }
}
