/// y[rows, n] = (x - center) * scale + shift; y may be x or shift.
@inline(never)
func affine(
  _ x: UnsafePointer<Float>, _ xStride: Int, _ center: UnsafePointer<Float>, _ scale: UnsafePointer<Float>,
  _ shift: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ yStride: Int, _ rows: Int, _ n: Int
) {
  for row in 0..<rows {
    let source = x + row * xStride
    let target = y + row * yStride
    var column = 0
    while column + lanes <= n {
      let centered = load(source + column) - load(center + column)
      store(multiplyAdd(load(shift + column), centered, load(scale + column)), target + column)
      column += lanes
    }
    if column < n {
      let left = n - column
      let centered = loadFirst(left, source + column, else: 0) - loadFirst(left, center + column, else: 0)
      let scaled = multiplyAdd(
        loadFirst(left, shift + column, else: 0), centered, loadFirst(left, scale + column, else: 0))
      storeFirst(left, scaled, target + column)
    }
  }
}
