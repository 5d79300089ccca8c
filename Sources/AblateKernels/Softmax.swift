/// Sums go over 16 lanes on every instruction set, whatever its vectors hold: value i to lane i mod 16, then a fixed tree.
@inline(__always) private var sumLanes: Int { 16 }

/// y[rows, n] = softmax of each row of x; y may be x.
@inline(never)
func softmax(
  _ x: UnsafePointer<Float>, _ xStride: Int, _ y: UnsafeMutablePointer<Float>, _ yStride: Int, _ rows: Int, _ n: Int
) {
  for row in 0..<rows {
    let target = y + row * yStride
    let sum = exponentials(x + row * xStride, n, into: target).sum
    map(target, target, n) { $0 / splat(sum) }
  }
}

/// y[rows, n] = log(softmax) of each row of x; y may be x.
@inline(never)
func logSoftmax(
  _ x: UnsafePointer<Float>, _ xStride: Int, _ y: UnsafeMutablePointer<Float>, _ yStride: Int, _ rows: Int, _ n: Int
) {
  for row in 0..<rows {
    let source = x + row * xStride
    let (largest, sum) = exponentials(source, n, into: nil)
    let logarithm = naturalLogarithm(sum)
    map(source, y + row * yStride, n) { ($0 - splat(largest)) - splat(logarithm) }
  }
}

/// Writes e^(x - largest) if asked to, and gives the largest value and the sum of the exponentials. NaN anywhere makes the sum NaN.
@inline(__always)
private func exponentials(
  _ x: UnsafePointer<Float>, _ n: Int, into y: UnsafeMutablePointer<Float>?
) -> (largest: Float, sum: Float) {
  var largest = -Float.infinity
  for index in 0..<n where x[index] > largest { largest = x[index] }
  var sums = InlineArray<16, Float>(repeating: 0)
  var index = 0
  while index < n {
    let count = min(lanes, n - index)
    let values = count == lanes ? load(x + index) : loadFirst(count, x + index, else: -.infinity)
    let powers = exponential(values - splat(largest))
    if let y { count == lanes ? store(powers, y + index) : storeFirst(count, powers, y + index) }
    for lane in 0..<count { sums[(index + lane) % sumLanes] += powers[lane] }
    index += lanes
  }
  var width = sumLanes / 2
  while width > 0 {
    for lane in 0..<width { sums[lane] += sums[lane + width] }
    width /= 2
  }
  return (largest, sums[0])
}

/// ln x of a positive x, in float64: x = 2^k f with √½ <= f < √2, ln f = 2 artanh((f - 1) / (f + 1)) by its series.
@inline(__always)
private func naturalLogarithm(_ x: Float) -> Float {
  guard x < .infinity else { return x }
  var fraction = Double(x.significand)
  var exponent = Double(x.exponent)
  if fraction > 1.4142135623730951 {
    fraction *= 0.5
    exponent += 1
  }
  let s = (fraction - 1) / (fraction + 1)
  let z = s * s
  var p = 1.0 / 15
  p = 1.0 / 13 + p * z
  p = 1.0 / 11 + p * z
  p = 1.0 / 9 + p * z
  p = 1.0 / 7 + p * z
  p = 1.0 / 5 + p * z
  p = 1.0 / 3 + p * z
  return Float(exponent * 0.6931471805599453 + 2 * (s + s * z * p))
}
