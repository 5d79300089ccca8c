/// A signed integer of several words in memory, least significant first, two's complement: what floats are summed up in without any
/// rounding, so that the order of the terms changes no bit.
struct WideInteger {
  let words: UnsafeMutablePointer<UInt64>
  let count: Int

  /// Adds or takes away magnitude * 2^shift, which must fit.
  @inline(__always)
  func add(_ magnitude: UInt64, shift: Int, isNegative: Bool) {
    let offset = UInt64(truncatingIfNeeded: shift & 63)
    let low = magnitude &<< offset
    let high = (magnitude &>> 1) &>> (63 &- offset)
    let place = words + shift >> 6
    // Taking away is adding the complement of all words and 1, which is the complement of the sum of what is there and the term.
    let flip: UInt64 = isNegative ? .max : 0
    var (sum, overflow) = (place[0] ^ flip).addingReportingOverflow(low)
    place[0] = sum ^ flip
    let (next, first) = (place[1] ^ flip).addingReportingOverflow(high)
    (sum, overflow) = next.addingReportingOverflow(overflow ? 1 : 0)
    place[1] = sum ^ flip
    if first || overflow { carry(from: shift >> 6 &+ 2, flip) }
  }

  private func carry(from first: Int, _ flip: UInt64) {
    for place in first..<max(first, count) {
      let sum = (words[place] ^ flip) &+ 1
      words[place] = sum ^ flip
      if sum != 0 { return }
    }
  }

  func add(_ other: UnsafePointer<UInt64>) {
    var carry: UInt64 = 0
    for place in 0..<count {
      let (partial, first) = words[place].addingReportingOverflow(other[place])
      let (sum, second) = partial.addingReportingOverflow(carry)
      words[place] = sum
      carry = first || second ? 1 : 0
    }
  }

  var isNegative: Bool { words[count - 1] >> 63 != 0 }

  func negate() {
    var carry: UInt64 = 1
    for place in 0..<count {
      let (sum, overflow) = (~words[place]).addingReportingOverflow(carry)
      words[place] = sum
      carry = overflow ? 1 : 0
    }
  }

  /// Adds factor * other, both not negative, `place` words up.
  private func add(_ other: UnsafePointer<UInt64>, _ length: Int, times factor: UInt64, at place: Int) {
    var carry: UInt64 = 0
    for index in place..<count {
      let product = factor.multipliedFullWidth(by: index - place < length ? other[index - place] : 0)
      let (partial, first) = words[index].addingReportingOverflow(product.low)
      let (sum, second) = partial.addingReportingOverflow(carry)
      words[index] = sum
      carry = product.high &+ (first ? 1 : 0) &+ (second ? 1 : 0)
    }
  }

  /// Becomes factor * squares - sum^2, which must not be negative, as the squares are not. The sum is left as its magnitude.
  func setSpread(of squares: WideInteger, sum: WideInteger, times factor: UInt64) {
    if sum.isNegative { sum.negate() }
    for place in 0..<count { words[place] = 0 }
    for place in 0..<sum.count { add(sum.words, sum.count, times: sum.words[place], at: place) }
    negate()
    add(squares.words, squares.count, times: factor, at: 0)
  }

  /// The integer times 2^unit, rounded once.
  func value(unit: Int) -> Double {
    if isNegative {
      negate()
      defer { negate() }
      return -value(unit: unit)
    }
    var top = count - 1
    while top >= 0 && words[top] == 0 { top -= 1 }
    if top < 0 { return 0 }
    let zeros = UInt64(words[top].leadingZeroBitCount)
    var leading = words[top] &<< zeros
    if top > 0 {
      leading |= (words[top - 1] &>> 1) &>> (63 &- zeros)
      // A bit far below decides a tie.
      var rest = words[top - 1] &<< zeros
      for place in 0..<top - 1 { rest |= words[place] }
      if rest != 0 { leading |= 1 }
    }
    return Double(leading) * Double(sign: .plus, exponent: 64 * top - Int(zeros) + unit, significand: 1)
  }
}
