import AblateKernelInterface

/// See `KernelTable.magnitudes`.
@inline(never)
func magnitudes(_ x: UnsafePointer<Float>, _ weights: UnsafePointer<Float>, _ n: Int) -> RowMagnitudes {
  var first = MagnitudeSums()
  var second = MagnitudeSums()
  var index = 0
  while index + 2 * lanes <= n {
    first.add(load(x + index), load(weights + index))
    second.add(load(x + index + lanes), load(weights + index + lanes))
    index += 2 * lanes
  }
  if index + lanes <= n {
    first.add(load(x + index), load(weights + index))
    index += lanes
  }
  if index < n { second.add(loadLast(n - index, of: n, x), loadLast(n - index, of: n, weights)) }
  let largest = larger(first.largest, second.largest)
  return RowMagnitudes(
    weighted: total(first.weighted + second.weighted), sum: total(first.sum + second.sum),
    largest: largestLane(largest),
    nonZeros: Int((first.nonZeros &+ second.nonZeros).wrappedSum()))
}

private struct MagnitudeSums {
  var weighted = Vector.zero
  var sum = Vector.zero
  var largest = Vector.zero
  var nonZeros = Bits.zero

  @inline(__always) mutating func add(_ x: Vector, _ weights: Vector) {
    let size = magnitude(x)
    weighted = multiplyAdd(weighted, size, magnitude(weights))
    sum += size
    largest = larger(largest, size)
    nonZeros &-= unequalLanes(x, Vector.zero)
  }
}

/// See `KernelTable.weightedMagnitudes`.
@inline(never)
func weightedMagnitudes(
  _ x: UnsafePointer<Float>, _ stride: Int, _ rows: Int, _ n: Int, _ weights: UnsafePointer<Float>,
  _ weighted: UnsafeMutablePointer<Float>, _ largest: UnsafeMutablePointer<Float>
) {
  for row in 0..<rows {
    let own = x + row * stride
    var first = Vector.zero
    var second = Vector.zero
    // The order of magnitudes is that of their bits, and NaN comes last.
    var most = Bits.zero
    @inline(__always) func add(_ x: Vector, _ weights: Vector, to sum: inout Vector) {
      let size = magnitude(x)
      sum = multiplyAdd(sum, size, weights)
      most = larger(most, bits(size))
    }
    var index = 0
    while index + 2 * lanes <= n {
      add(load(own + index), load(weights + index), to: &first)
      add(load(own + index + lanes), load(weights + index + lanes), to: &second)
      index += 2 * lanes
    }
    if index + lanes <= n {
      add(load(own + index), load(weights + index), to: &first)
      index += lanes
    }
    if index < n { add(loadLast(n - index, of: n, own), loadLast(n - index, of: n, weights), to: &second) }
    weighted[row] = total(first + second)
    largest[row] = largestLane(floats(most))
  }
}

/// The largest sum of magnitudes of partial sums: see `KernelTable.partialSums`.
@inline(never)
func partialSums(
  _ x: UnsafePointer<Float>, _ outgoing: UnsafePointer<Float>, _ stride: Int, _ bias: UnsafePointer<Float>, _ k: Int,
  _ n: Int
) -> Float {
  var largest: Float = 0
  var first = 0
  while first < n {
    var sum = loadInside(n - first, bias + first)
    var total = Vector.zero
    var most = magnitude(sum)
    for index in 0..<k where x[index] != 0 {
      sum = multiplyAdd(sum, splat(x[index]), load(outgoing + index * stride + first))
      let size = magnitude(sum)
      total += size
      most = larger(most, size)
    }
    total += most + most
    for lane in 0..<min(lanes, n - first) {
      if total[lane].isNaN || total[lane] > largest { largest = total[lane] }
    }
    first += lanes
  }
  return largest
}

/// The last `left` of n values, behind zeros, or where n is less than a vector, in front of them.
@inline(__always) private func loadLast(_ left: Int, of n: Int, _ x: UnsafePointer<Float>) -> Vector {
  n < lanes ? loadFirst(left, x, else: 0) : floats(bits(load(x + n - lanes)) & ~lanesBelow(lanes - left))
}
