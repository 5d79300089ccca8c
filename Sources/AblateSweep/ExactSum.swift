/// A sum of float32 values without any rounding, so its bits do not depend on the order of its terms: an integer of 384 bits, in units of
/// the smallest float32, 2^-149. (Kulisch 2013, Computer Arithmetic and Validity, chapter 8, for products of float64.)
package struct ExactSum: BitwiseCopyable {
  /// Least significant first, two's complement.
  private var limbs = InlineArray<6, UInt64>(repeating: 0)
  private var positiveInfinities: Int64 = 0
  private var negativeInfinities: Int64 = 0
  private var nans: Int64 = 0

  package init() {}

  package mutating func add(_ term: Float) { include(term, count: 1) }

  /// Takes away what was added.
  mutating func subtract(_ term: Float) { include(term, count: -1) }

  @_optimize(speed)
  private mutating func include(_ term: Float, count: Int64) {
    if term.isNaN {
      nans &+= count
    } else if term.isInfinite {
      if term > 0 { positiveInfinities &+= count } else { negativeInfinities &+= count }
    } else {
      let isNormal = term.exponentBitPattern != 0
      let significand = UInt64(term.significandBitPattern) | (isNormal ? 1 << 23 : 0)
      let shift = isNormal ? Int(term.exponentBitPattern) - 1 : 0
      addInteger(significand, shift: shift, isNegative: (term < 0) != (count < 0))
    }
  }

  private mutating func addInteger(_ integer: UInt64, shift: Int, isNegative: Bool) {
    let offset = UInt64(shift & 63)
    let low = integer &<< offset
    let high = offset == 0 ? 0 : integer &>> (64 &- offset)
    let place = shift >> 6
    var carry = isNegative ? subtract(low, at: place) : add(low, at: place)
    carry = isNegative ? subtract(high &+ carry, at: place + 1) : add(high &+ carry, at: place + 1)
    var next = place + 2
    while carry != 0 && next < 6 {
      carry = isNegative ? subtract(1, at: next) : add(1, at: next)
      next += 1
    }
  }

  private mutating func add(_ word: UInt64, at place: Int) -> UInt64 {
    let (sum, overflow) = limbs[place].addingReportingOverflow(word)
    limbs[place] = sum
    return overflow ? 1 : 0
  }

  private mutating func subtract(_ word: UInt64, at place: Int) -> UInt64 {
    let (difference, overflow) = limbs[place].subtractingReportingOverflow(word)
    limbs[place] = difference
    return overflow ? 1 : 0
  }

  @_optimize(speed) @inline(never)
  package mutating func add(_ other: ExactSum) {
    var carry: UInt64 = 0
    for place in 0..<6 {
      let (partial, first) = limbs[place].addingReportingOverflow(other.limbs[place])
      let (sum, second) = partial.addingReportingOverflow(carry)
      limbs[place] = sum
      carry = first || second ? 1 : 0
    }
    positiveInfinities &+= other.positiveInfinities
    negativeInfinities &+= other.negativeInfinities
    nans &+= other.nans
  }

  /// Takes away what was added to another sum.
  package mutating func subtract(_ other: ExactSum) {
    var opposite = other
    opposite.limbs = other.negated
    opposite.positiveInfinities = 0 &- other.positiveInfinities
    opposite.negativeInfinities = 0 &- other.negativeInfinities
    opposite.nans = 0 &- other.nans
    add(opposite)
  }

  /// Adds a float64, in parts that are float32: exactly, but for what is below 2^-149. What is above the largest float32 counts as
  /// infinite.
  package mutating func add(exactly term: Double) {
    let high = Float(term)
    add(high)
    if !high.isFinite { return }
    let rest = term - Double(high)
    let middle = Float(rest)
    add(middle)
    add(Float(rest - Double(middle)))
  }

  /// The sum, rounded once; NaN if a term was NaN or both infinities came together.
  package var value: Double {
    if nans != 0 || (positiveInfinities != 0 && negativeInfinities != 0) { return .nan }
    if positiveInfinities != 0 { return .infinity }
    if negativeInfinities != 0 { return -.infinity }
    let isNegative = limbs[5] >> 63 != 0
    let size = isNegative ? negated : limbs
    var top = 5
    while top >= 0 && size[top] == 0 { top -= 1 }
    if top < 0 { return 0 }
    let zeros = UInt64(size[top].leadingZeroBitCount)
    var leading = size[top] &<< zeros
    if top > 0 {
      if zeros > 0 { leading |= size[top - 1] &>> (64 &- zeros) }
      // A bit far below decides a tie.
      var isRest = size[top - 1] &<< zeros != 0
      for place in 0..<top - 1 where size[place] != 0 { isRest = true }
      if isRest { leading |= 1 }
    }
    let power = 64 * top - Int(zeros) - 149
    let scaled = Double(leading) * Double(sign: .plus, exponent: power, significand: 1)
    return isNegative ? -scaled : scaled
  }

  private var negated: InlineArray<6, UInt64> {
    var result = limbs
    var carry: UInt64 = 1
    for place in 0..<6 {
      let (sum, overflow) = (~limbs[place]).addingReportingOverflow(carry)
      result[place] = sum
      carry = overflow ? 1 : 0
    }
    return result
  }

  /// All of it as words, and back.
  var words: [UInt64] {
    get {
      var words: [UInt64] = []
      for place in 0..<6 { words.append(limbs[place]) }
      for count in [positiveInfinities, negativeInfinities, nans] { words.append(UInt64(bitPattern: count)) }
      return words
    }
    set {
      for place in 0..<6 { limbs[place] = newValue[place] }
      positiveInfinities = Int64(bitPattern: newValue[6])
      negativeInfinities = Int64(bitPattern: newValue[7])
      nans = Int64(bitPattern: newValue[8])
    }
  }
}
