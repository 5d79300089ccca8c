/// The numbers 0 ..< count in an order.
package final class SortedIndices {
  private let indices: Buffer<Int>
  private let spare: Buffer<Int>

  package init(count: Int) throws(AblateError) {
    indices = try Buffer(count: count)
    spare = try Buffer(count: count)
    for index in 0..<count { indices.pointer[index] = index }
  }

  /// The places of values, the smallest or the largest first, NaN last; the lowest place first among equals.
  package convenience init(of values: UnsafePointer<Double>, count: Int, highFirst: Bool = false) throws(AblateError) {
    try self.init(count: count)
    sort(by: values, highFirst: highFirst)
  }

  package var count: Int { indices.count }

  package subscript(_ rank: Int) -> Int { indices.pointer[rank] }

  package func shuffle(_ random: inout SplitMix64) { random.shuffle(indices.pointer, count: count) }

  /// Sorts by values, the smallest or the largest first, NaN last; equal ones stay as they were.
  ///
  /// - Returns: how many pairs changed their order.
  @discardableResult
  @inline(never)
  package func sort(by values: UnsafePointer<Double>, highFirst: Bool = false) -> Int {
    sort {
      let (one, other) = (values[$0], values[$1])
      if one.isNaN || other.isNaN { return other.isNaN && !one.isNaN }
      return highFirst ? one > other : one < other
    }
  }

  /// Sorts by merging; those of which neither precedes the other stay as they were.
  ///
  /// - Returns: how many pairs changed their order.
  @discardableResult
  @export(interface)  // See ThreadPool.run.
  package func sort(_ precedes: (Int, Int) -> Bool) -> Int {
    var exchanges = 0
    var length = 1
    var from = indices.pointer
    var to = spare.pointer
    while length < count {
      var start = 0
      while start < count {
        let middle = min(count, start + length)
        let end = min(count, middle + length)
        var left = start
        var right = middle
        for place in start..<end {
          if right < end, left == middle || precedes(from[right], from[left]) {
            to[place] = from[right]
            right += 1
            exchanges += middle - left
          } else {
            to[place] = from[left]
            left += 1
          }
        }
        start = end
      }
      swap(&from, &to)
      length *= 2
    }
    if from != indices.pointer { indices.pointer.update(from: from, count: count) }
    return exchanges
  }

  /// Calls `body` for each run of neighbours of which none precedes the other.
  package func forEachTie(_ precedes: (Int, Int) -> Bool, _ body: (Range<Int>) -> Void) {
    var start = 0
    while start < count {
      var end = start + 1
      while end < count, !precedes(self[end - 1], self[end]) { end += 1 }
      body(start..<end)
      start = end
    }
  }
}
