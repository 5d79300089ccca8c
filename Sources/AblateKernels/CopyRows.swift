/// Runs are short: a call of the C library would take longer.
@inline(__always)
func copyFloats(_ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ count: Int) {
  var index = 0
  while index + lanes <= count {
    store(load(source + index), target + index)
    index += lanes
  }
  while index < count {
    target[index] = source[index]
    index += 1
  }
}

@inline(never)
func copyRows(
  _ source: UnsafePointer<Float>, _ sourceStride: Int, _ target: UnsafeMutablePointer<Float>, _ targetStride: Int,
  _ rows: Int, _ count: Int
) {
  for row in 0..<rows { copyFloats(source + row * sourceStride, target + row * targetStride, count) }
}
