import AblateTestSupport
import Testing

@testable import AblateStudy

/// Runs a body on zeroed words.
private func withWords<Result>(_ count: Int, _ body: (WideInteger) -> Result) -> Result {
  var words = [UInt64](repeating: 0, count: count)
  return words.withUnsafeMutableBufferPointer { body(WideInteger(words: $0.baseAddress!, count: count)) }
}

@Test func sumsThatCrossZeroAreExact() {
  // 2^200 + 5 - 2^200 - 7 = -2, then +3 * 2^63 = 3 * 2^63 - 2.
  withWords(6) { sum in
    sum.add(1, shift: 200, isNegative: false)
    sum.add(5, shift: 0, isNegative: false)
    sum.add(1, shift: 200, isNegative: true)
    sum.add(7, shift: 0, isNegative: true)
    #expect(sum.isNegative)
    #expect(sum.value(unit: 0) == -2)
    #expect(sum.value(unit: -10) == -0x1p-9)
    sum.add(3, shift: 63, isNegative: false)
    #expect(!sum.isNegative)
    #expect(sum.words[0] == 0x7fff_ffff_ffff_fffe && sum.words[1] == 1)
  }
}

/// Halves of the last place go to the even neighbour, unless a bit far below says otherwise.
@Test func valuesAreRoundedOnce() {
  withWords(6) { sum in
    sum.add(1, shift: 300, isNegative: false)
    sum.add(1, shift: 247, isNegative: false)
    #expect(sum.value(unit: -300) == 1)
    sum.add(1, shift: 0, isNegative: false)
    #expect(sum.value(unit: -300) == 1 + 0x1p-52)
    sum.add(1, shift: 0, isNegative: true)
    sum.add(1, shift: 248, isNegative: false)
    #expect(sum.value(unit: -300) == 1 + 0x1p-51)
  }
}

/// Against integers of 128 bits.
@Test func randomSumsAndSpreads() {
  var randomness = Randomness(seed: 3)
  for _ in 0..<200 {
    var terms: [Int64] = []
    for _ in 0..<Int.random(in: 1...40, using: &randomness) {
      terms.append(
        Int64.random(in: -(1 << 40)...(1 << 40), using: &randomness) >> Int64.random(in: 0...40, using: &randomness))
    }
    let sum = terms.reduce(Int128(0)) { $0 + Int128($1) }
    let squares = terms.reduce(Int128(0)) { $0 + Int128($1) * Int128($1) }
    withWords(6) { wideSum in
      withWords(10) { wideSquares in
        for term in terms {
          wideSum.add(term.magnitude, shift: 0, isNegative: term < 0)
          let square = term.magnitude.multipliedFullWidth(by: term.magnitude)
          wideSquares.add(square.low, shift: 0, isNegative: false)
          wideSquares.add(square.high, shift: 64, isNegative: false)
        }
        #expect(wideSum.value(unit: 0) == Double(sum))
        #expect(wideSquares.value(unit: 0) == Double(squares))
        let spread = Int128(terms.count) * squares - sum * sum
        withWords(12) {
          $0.setSpread(of: wideSquares, sum: wideSum, times: UInt64(terms.count))
          #expect($0.value(unit: 0) == Double(spread))
        }
      }
    }
  }
}
