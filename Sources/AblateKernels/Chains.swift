/// How many chains are computed side by side.
@inline(__always) private var chainsAtOnce: Int { 4 * lanes }

/// A unit's chain of multiply-adds over its n inputs, once for each listed input, whose weight counts as 0: see `KernelTable.chains`.
@inline(never)
func chains(
  _ x: UnsafePointer<Float>, _ weights: UnsafePointer<Float>, _ bias: Float, _ n: Int,
  _ without: UnsafePointer<Int32>, _ count: Int, _ out: UnsafeMutablePointer<Float>
) {
  var first = 0
  while first < count {
    someChains(x, weights, bias, n, without + first, min(chainsAtOnce, count - first), out + first)
    first += chainsAtOnce
  }
}

/// The chains in the lanes of four vectors. They differ at the inputs that are left out alone: there they go through memory.
@inline(__always)
private func someChains(
  _ x: UnsafePointer<Float>, _ weights: UnsafePointer<Float>, _ bias: Float, _ n: Int,
  _ without: UnsafePointer<Int32>, _ count: Int, _ out: UnsafeMutablePointer<Float>
) {
  var a = splat(bias)
  var b = a
  var c = a
  var d = a
  var input = 0
  for position in 0...count {
    let last = position == count ? n : Int(without[position])
    while input < last {
      let value = splat(x[input])
      let weight = splat(weights[input])
      a = multiplyAdd(a, value, weight)
      b = multiplyAdd(b, value, weight)
      c = multiplyAdd(c, value, weight)
      d = multiplyAdd(d, value, weight)
      input += 1
    }
    if position == count { break }
    store(a, out)
    store(b, out + lanes)
    store(c, out + 2 * lanes)
    store(d, out + 3 * lanes)
    let own = multiplyAdd(out[position], x[input], 0)
    for other in 0..<chainsAtOnce { out[other] = multiplyAdd(out[other], x[input], weights[input]) }
    out[position] = own
    a = load(out)
    b = load(out + lanes)
    c = load(out + 2 * lanes)
    d = load(out + 3 * lanes)
    input += 1
  }
  store(a, out)
  store(b, out + lanes)
  store(c, out + 2 * lanes)
  store(d, out + 3 * lanes)
}
