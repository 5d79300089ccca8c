/// Which permutations have been counted: ranges that do not touch, ascending.
struct PermutationRanges: Equatable {
  private(set) var ranges: [Range<Int>] = []

  var count: Int { ranges.reduce(0) { $0 + $1.count } }

  /// The first permutation from `start` on that is not there.
  func next(from start: Int) -> Int {
    var next = start
    for range in ranges where range.contains(next) { next = range.upperBound }
    return next
  }

  func overlaps(_ other: PermutationRanges) -> Bool {
    for range in ranges { for own in other.ranges where range.overlaps(own) { return true } }
    return false
  }

  /// Adds a range that overlaps none.
  mutating func insert(_ range: Range<Int>) {
    if range.isEmpty { return }
    var place = ranges.firstIndex { $0.lowerBound > range.lowerBound } ?? ranges.count
    var own = range
    if place < ranges.count, ranges[place].lowerBound == own.upperBound {
      own = own.lowerBound..<ranges.remove(at: place).upperBound
    }
    if place > 0, ranges[place - 1].upperBound == own.lowerBound {
      place -= 1
      own = ranges.remove(at: place).lowerBound..<own.upperBound
    }
    ranges.insert(own, at: place)
  }
}
