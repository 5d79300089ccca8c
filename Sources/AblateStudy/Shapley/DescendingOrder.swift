/// The indices of keys, the largest key first, the lower index first among equals, NaN last: a heap sort (Williams 1964), as sorting by a
/// closure is code of its own each time.
func descendingOrder(_ keys: [Double]) -> [Int] {
  var order = Array(keys.indices)
  /// Whether the first belongs behind the second.
  func isBehind(_ first: Int, _ second: Int) -> Bool {
    let left = keys[first]
    let right = keys[second]
    if left < right || (left.isNaN && !right.isNaN) { return true }
    if left > right || (right.isNaN && !left.isNaN) { return false }
    return first > second
  }
  func sift(_ start: Int, _ count: Int) {
    var parent = start
    while 2 * parent + 1 < count {
      var child = 2 * parent + 1
      if child + 1 < count, isBehind(order[child + 1], order[child]) { child += 1 }
      if !isBehind(order[child], order[parent]) { return }
      order.swapAt(child, parent)
      parent = child
    }
  }
  for start in stride(from: order.count / 2, to: 0, by: -1) { sift(start - 1, order.count) }
  for last in stride(from: order.count - 1, to: 0, by: -1) {
    order.swapAt(0, last)
    sift(0, last)
  }
  return order
}
