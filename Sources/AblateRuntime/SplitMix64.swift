/// Random numbers from a seed, the same on every machine: SplitMix64 (Steele, Lea and Flood 2014, OOPSLA).
package struct SplitMix64 {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  /// Stream `number` of a seed: the one whose own seed is that number among the outputs of the seed, counted from 0.
  package init(seed: UInt64, stream number: UInt64) {
    var seeds = SplitMix64(seed: seed &+ number &* Self.step)
    state = seeds.next()
  }

  private static var step: UInt64 { 0x9E37_79B9_7F4A_7C15 }

  package mutating func next() -> UInt64 {
    state &+= Self.step
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }

  /// A number in 0 ..< count: the upper half of the product of 64 random bits and `count`. Uneven by less than count / 2^64.
  package mutating func next(below count: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(max(count, 1))).high)
  }

  /// Puts a list into a random order, the last place first: the shuffle of Fisher and Yates (Durstenfeld 1964).
  package mutating func shuffle<Element>(_ list: UnsafeMutablePointer<Element>, count: Int) {
    var left = count
    while left > 1 {
      let chosen = next(below: left)
      left -= 1
      let last = list[left]
      list[left] = list[chosen]
      list[chosen] = last
    }
  }
}
