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
    // The order of leads is that of their bits, but for those below 0, of which any will do; that -0 comes before 0 does no harm.
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
