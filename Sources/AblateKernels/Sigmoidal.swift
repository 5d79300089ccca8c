/// 1 / (1 + e^-x), as e^-|x| over the same for negative x, so that the tail towards 0 keeps its relative accuracy.
@inline(__always) func sigmoid(_ x: Vector) -> Vector {
  let e = exponential(-magnitude(x))
  let numerator = select(x .< splat(0), e, else: splat(1))
  return numerator / (splat(1) + e)
}

/// tanh(x): an odd polynomial of degree 11 near 0 (coefficients: Cephes, tanhf), 1 - 2 / (1 + e^2|x|) beyond 0.625.
@inline(__always) func hyperbolicTangent(_ x: Vector) -> Vector {
  let a = magnitude(x)
  let z = x * x
  let far = withSign(of: x, splat(1) - splat(2) / (splat(1) + exponential(a + a)))
  var p = splat(-5.70498872745e-3)
  p = multiplyAdd(splat(2.06390887954e-2), p, z)
  p = multiplyAdd(splat(-5.37397155531e-2), p, z)
  p = multiplyAdd(splat(1.33314422036e-1), p, z)
  p = multiplyAdd(splat(-3.33332819422e-1), p, z)
  let near = multiplyAdd(x, p * z, x)
  return select(a .< splat(0.625), near, else: far)
}

/// log(1 + e^x) = max(x, 0) + log(1 + u) with u = e^-|x|, and log(1 + u) = 2 artanh(u / (2 + u)) by its series.
@inline(__always) func softplus(_ x: Vector) -> Vector {
  let u = exponential(-magnitude(x))
  let s = u / (splat(2) + u)
  let z = s * s
  var p = splat(1 / 15)
  p = multiplyAdd(splat(1 / 13), p, z)
  p = multiplyAdd(splat(1 / 11), p, z)
  p = multiplyAdd(splat(1 / 9), p, z)
  p = multiplyAdd(splat(1 / 7), p, z)
  p = multiplyAdd(splat(1 / 5), p, z)
  p = multiplyAdd(splat(1 / 3), p, z)
  let logarithm = splat(2) * multiplyAdd(s, p * z, s)
  return replacing(x, with: .zero, below: .zero) + logarithm
}

/// max(0, min(1, alpha x + beta))
@inline(__always) func hardSigmoid(_ x: Vector, _ alpha: Float, _ beta: Float) -> Vector {
  let line = multiplyAdd(splat(beta), x, splat(alpha))
  return replacing(relu(line), with: splat(1), above: splat(1))
}
