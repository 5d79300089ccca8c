import AblateKernelInterface

/// See `KernelTable.leads`.
@inline(never)
func leads(
  _ scores: UnsafePointer<Float>, _ stride: Int, _ predictions: UnsafePointer<Int32>, _ rows: Int, _ classes: Int,
  _ leads: UnsafeMutablePointer<Float>
) {
  let count = Int32(truncatingIfNeeded: classes)
  for row in 0..<rows {
    let own = scores + row * stride
    let prediction = predictions[row]
    let most = splat(own[Int(prediction)])
    // The order of leads is that of their bits, but for -0, which comes first, and those below 0: where there is one, the result is not
    // above 0, and that is enough.
    var least = bits(splat(.infinity))
    var first: Int32 = 0
    while first < count {
      let lead = most - load(own + Int(first))
      let rivals = rivalLanes(laneNumbers &+ Bits(repeating: first), prediction, count)
      // 0 for NaN.
      let known = bits(lead) & bits(of: lead .== lead)
      least = smaller(least, (known & rivals) | (bits(splat(.infinity)) & ~rivals))
      first &+= Int32(lanes)
    }
    leads[row] = Float(bitPattern: UInt32(bitPattern: leastLane(least)))
  }
}
