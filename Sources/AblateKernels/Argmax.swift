/// The index of the largest of each row's n values: the first of equal ones, and the first NaN before anything else.
@inline(never)
func argmax(
  _ x: UnsafePointer<Float>, _ stride: Int, _ y: UnsafeMutablePointer<Int32>, _ rows: Int, _ n: Int
) {
  for row in 0..<rows {
    let values = x + row * stride
    var best = 0
    var largest = values[0]
    for index in 1..<max(n, 1) {
      let value = values[index]
      if value > largest || (value.isNaN && !largest.isNaN) {
        best = index
        largest = value
      }
    }
    y[row] = Int32(truncatingIfNeeded: best)
  }
}
