// The exponential function by argument reduction, x = n ln 2 + r with |r| <= ln 2 / 2, ln 2 in two parts of which the first has trailing
// zeros so that n times it is exact (Cody and Waite 1980), and a polynomial for e^r of degree 7 (coefficients: Cephes, expf).

/// (e^r - 1 - r) / r^2 for |r| <= ln 2 / 2.
@inline(__always) private func exponentialTail(_ r: Vector) -> Vector {
  var p = splat(1.9875691500e-4)
  p = multiplyAdd(splat(1.3981999507e-3), p, r)
  p = multiplyAdd(splat(8.3334519073e-3), p, r)
  p = multiplyAdd(splat(4.1665795894e-2), p, r)
  p = multiplyAdd(splat(1.6666665459e-1), p, r)
  return multiplyAdd(splat(5.0000001201e-1), p, r)
}

/// e^x: infinite above 88.73, through the denormals to 0 below -103.98, NaN for NaN.
@inline(__always) func exponential(_ x: Vector) -> Vector {
  var x = replacing(x, with: splat(-104), below: splat(-104))
  x = replacing(x, with: splat(89), above: splat(89))
  // Adding 1.5 * 2^23 leaves the nearest integer in the low bits of the sum.
  let magic = splat(12_582_912)
  let shifted = multiplyAdd(magic, x, splat(1.44269504))
  let n = shifted - magic
  var r = multiplyAdd(x, n, splat(-0.693359375))
  r = multiplyAdd(r, n, splat(2.12194440e-4))
  let p = multiplyAdd(splat(1) + r, exponentialTail(r), r * r)
  // 2^n in two factors, so that denormal and infinite results come out right.
  let power = bits(shifted) &- bits(magic)
  let half = power &>> Bits(repeating: 1)
  let bias = Bits(repeating: 127)
  let exponent = Bits(repeating: 23)
  return p * floats((half &+ bias) &<< exponent) * floats((power &- half &+ bias) &<< exponent)
}

/// e^x - 1 for x <= 0, without cancellation near 0.
@inline(__always) func exponentialMinusOne(_ x: Vector) -> Vector {
  let far = exponential(x) - splat(1)
  let near = multiplyAdd(x, exponentialTail(x), x * x)
  return select(x .< splat(-0.34), far, else: near)
}
