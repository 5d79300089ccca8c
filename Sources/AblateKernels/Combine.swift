import AblateKernelInterface

/// y = activation(a + b) for n values; y may be a or b.
@inline(never)
func add(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ n: Int,
  _ activation: Activation
) {
  let limits = Limits(activation)
  let lower = splat(limits.lower)
  let upper = splat(limits.upper)
  // What another activation reads again is still in the first-level cache.
  let block = 1024
  var first = 0
  while first < n {
    let count = min(block, n - first)
    combine(a + first, b + first, y + first, count) { clip($0 + $1, lower, upper) }
    if !limits.suffice { activate(activation, y + first, y + first, count) }
    first += count
  }
}

/// y = a * b for n values; y may be a or b.
@inline(never)
func multiply(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ n: Int
) {
  combine(a, b, y, n) { $0 * $1 }
}

/// y[positions, channels] = x * scale[channels]; y may be x.
@inline(never)
func multiplyChannels(
  _ x: UnsafePointer<Float>, _ scale: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ positions: Int,
  _ channels: Int
) {
  for position in 0..<positions { multiply(x + position * channels, scale, y + position * channels, channels) }
}

/// y[i] = x[indices[i]] for n values, or `filler` where the index is below 0.
@inline(never)
func arrange(
  _ x: UnsafePointer<Float>, _ indices: UnsafePointer<Int32>, _ filler: Float, _ y: UnsafeMutablePointer<Float>,
  _ n: Int
) {
  for index in 0..<n { y[index] = indices[index] < 0 ? filler : x[Int(indices[index])] }
}

@inline(__always)
private func combine(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ n: Int,
  _ function: (Vector, Vector) -> Vector
) {
  var index = 0
  while index + lanes <= n {
    store(function(load(a + index), load(b + index)), y + index)
    index += lanes
  }
  if index < n {
    let left = n - index
    let result = function(loadFirst(left, a + index, else: 0), loadFirst(left, b + index, else: 0))
    storeFirst(left, result, y + index)
  }
}
