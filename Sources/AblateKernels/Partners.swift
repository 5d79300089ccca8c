/// Lists partners of a unit with which it might change a prediction: see `KernelTable.openPartners`.
@inline(never)
func openPartners(
  _ leads: UnsafePointer<Float>, _ losses: UnsafePointer<Float>, _ stride: Int, _ rivals: Int, _ slack: Float,
  _ slacks: UnsafePointer<Float>, _ effects: UnsafePointer<Float>, _ limit: Float, _ first: Int, _ n: Int,
  _ out: UnsafeMutablePointer<Int32>, _ winners: UnsafeMutablePointer<Int32>
) -> Int {
  var count = 0
  var index = first
  while index < n {
    let near = lanesNotBelow(load(effects + index), splat(limit)) & lanesBelow(n - index)
    if isAnySet(near) {
      let slack = splat(slack) + load(slacks + index)
      var open = Bits.zero
      for rival in 0..<rivals {
        open |= lanesNotBelow(slack, splat(leads[rival]) - load(losses + rival * stride + index))
      }
      open = open & near
      if isAnySet(open) {
        count = list(open, index, out, count)
        let ahead = clearWinners(leads, losses + index, stride, rivals, slack)
        UnsafeMutableRawPointer(winners + index).storeBytes(of: ahead, as: Bits.self)
      }
    }
    index += lanes
  }
  return count
}

/// The rival by lane that is ahead of the prediction and of all other rivals by more than `slack`; -1 if there is none.
@inline(__always)
private func clearWinners(
  _ leads: UnsafePointer<Float>, _ losses: UnsafePointer<Float>, _ stride: Int, _ rivals: Int, _ slack: Vector
) -> Bits {
  var least = splat(.infinity)
  var second = splat(.infinity)
  var winner = Bits.zero
  var unordered = Bits.zero
  for rival in 0..<rivals {
    let lead = splat(leads[rival]) - load(losses + rival * stride)
    let isLeast = lead .< least
    second = select(isLeast, least, else: select(lead .< second, lead, else: second))
    least = select(isLeast, lead, else: least)
    let number = Bits(repeating: Int32(truncatingIfNeeded: rival))
    winner = (number & bits(of: isLeast)) | (winner & ~bits(of: isLeast))
    unordered |= unequalLanes(lead, lead)
  }
  // All bits set are -1.
  return winner | lanesNotBelow(least, Vector.zero - slack) | lanesNotBelow(slack, second - least) | unordered
}
