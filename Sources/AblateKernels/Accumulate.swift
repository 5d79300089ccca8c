/// Replaces one value of each row and brings the row's scores up to date: see `KernelTable.accumulate`.
@inline(never)
func accumulate(
  _ values: UnsafeMutablePointer<Float>, _ stride: Int, _ replacement: Float, _ rows: Int,
  _ scores: UnsafeMutablePointer<Float>, _ scoreStride: Int, _ weights: UnsafePointer<Float>, _ classes: Int,
  _ predictions: UnsafePointer<Int32>, _ slacks: UnsafeMutablePointer<Float>, _ slackPerMove: Float,
  _ out: UnsafeMutablePointer<Int32>
) -> Int {
  var count = 0
  for row in 0..<rows {
    let value = values[row * stride]
    if value == replacement { continue }
    values[row * stride] = replacement
    let change = replacement - value
    slacks[row] += abs(change) * slackPerMove
    let own = scores + row * scoreStride
    var first = 0
    while first < classes {
      store(multiplyAdd(load(own + first), splat(change), load(weights + first)), own + first)
      first += lanes
    }
    if isOpen(own, Int(predictions[row]), classes, slacks[row]) {
      out[count] = Int32(truncatingIfNeeded: row)
      count += 1
    }
  }
  return count
}

/// Whether the score of a class is not ahead of all others by more than `slack`.
@inline(__always)
private func isOpen(_ scores: UnsafePointer<Float>, _ prediction: Int, _ classes: Int, _ slack: Float) -> Bool {
  let own = splat(scores[prediction])
  let slacks = splat(slack)
  var open = Bits.zero
  var first = 0
  while first < classes {
    open |= openRivals(slacks, own - load(scores + first), first, prediction, classes)
    first += lanes
  }
  return isAnySet(open)
}
