/// The index of the largest of each row's n values: the first of equal ones, and the first NaN before anything else.
@inline(never)
func argmax(
  _ x: UnsafePointer<Float>, _ stride: Int, _ y: UnsafeMutablePointer<Int32>, _ rows: Int, _ n: Int
) {
  for row in 0..<rows {
    let values = x + row * stride
    // Without a branch per value, which nothing could predict: its place in the order above, what is left behind its index below.
    var best = Int64.min
    for index in 0..<n {
      // -0 becomes 0, which it equals.
      let value = values[index] + 0
      let bits = Int32(bitPattern: value.bitPattern)
      let order = value.isNaN ? Int32.max : bits ^ (bits >> 31 & Int32.max)
      best = max(best, Int64(order) << 32 | Int64(n &- index))
    }
    y[row] = Int32(truncatingIfNeeded: n &- Int(best & Int64(UInt32.max)))
  }
}
