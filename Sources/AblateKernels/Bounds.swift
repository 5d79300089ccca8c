/// The sum of |x| * weight over n values, and how many of them are not 0. Weights are not negative. An estimate for bounds: its bits are no
/// part of any result.
@inline(never)
func weightedMagnitude(
  _ x: UnsafePointer<Float>, _ weights: UnsafePointer<Float>, _ n: Int
) -> (sum: Float, nonZeros: Int) {
  var first = Vector.zero
  var second = Vector.zero
  var counts = Bits.zero
  var index = 0
  while index + 2 * lanes <= n {
    let values = load(x + index)
    let others = load(x + index + lanes)
    first = multiplyAdd(first, magnitude(values), load(weights + index))
    second = multiplyAdd(second, magnitude(others), load(weights + index + lanes))
    counts &-= unequalLanes(values, Vector.zero) &+ unequalLanes(others, Vector.zero)
    index += 2 * lanes
  }
  while index < n {
    let values = loadInside(n - index, x + index)
    first = multiplyAdd(first, magnitude(values), loadInside(n - index, weights + index))
    counts &-= unequalLanes(values, Vector.zero)
    index += lanes
  }
  var sum: Float = 0
  var count = 0
  let total = first + second
  for lane in 0..<lanes {
    sum += total[lane]
    count += Int(counts[lane])
  }
  return (sum, count)
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
      most = replacing(most, with: size, where: most - size)
    }
    total += most + most
    for lane in 0..<min(lanes, n - first) {
      if total[lane].isNaN || total[lane] > largest { largest = total[lane] }
    }
    first += lanes
  }
  return largest
}

/// Lists the values whose replacement might matter: see `KernelTable.undecided`.
@inline(never)
func undecided(
  _ x: UnsafePointer<Float>, _ replacements: UnsafePointer<Float>, _ raise: UnsafePointer<Float>,
  _ lower: UnsafePointer<Float>, _ limit: Float, _ n: Int, _ out: UnsafeMutablePointer<Int32>
) -> Int {
  var count = 0
  let limits = splat(limit)
  var index = 0
  while index < n {
    let values = loadInside(n - index, x + index)
    let effect = boundOfEffect(load(replacements + index) - values, load(raise + index), load(lower + index))
    let isOpen = openLanes(effect, limits, values, load(replacements + index))
    count += list(isOpen, index, n, out + count)
    index += lanes
  }
  return count
}

/// Writes the numbers, from `index` on and below n, of the lanes that are set, and returns how many there are.
@inline(__always)
private func list(_ isOpen: Bits, _ index: Int, _ n: Int, _ out: UnsafeMutablePointer<Int32>) -> Int {
  var count = 0
  if isAnySet(isOpen) {
    for lane in 0..<lanes where isOpen[lane] != 0 && index + lane < n {
      out[count] = Int32(truncatingIfNeeded: index + lane)
      count += 1
    }
  }
  return count
}

/// A vector of which `left` values, at least 1, can be read.
@inline(__always) private func loadInside(_ left: Int, _ x: UnsafePointer<Float>) -> Vector {
  left >= lanes ? load(x) : loadFirst(left, x, else: 0)
}

@inline(__always) private func boundOfEffect(_ change: Vector, _ raise: Vector, _ lower: Vector) -> Vector {
  let down = change * lower
  return replacing(change * raise, with: -down, where: change)
}

/// Lists the inputs that might matter to a unit: see `KernelTable.undecidedInputs`.
@inline(never)
func undecidedInputs(
  _ x: UnsafePointer<Float>, _ weights: UnsafePointer<Float>, _ raise: Float, _ lower: Float, _ n: Int,
  _ out: UnsafeMutablePointer<Int32>
) -> Int {
  var count = 0
  let ones = splat(1)
  var index = 0
  while index < n {
    let values = loadInside(n - index, x + index)
    let change = Vector.zero - values * loadInside(n - index, weights + index)
    let effect = boundOfEffect(change, splat(raise), splat(lower))
    let isOpen = openLanes(effect, ones, values, Vector.zero)
    count += list(isOpen, index, n, out + count)
    index += lanes
  }
  return count
}

/// How far each replacement might matter: see `KernelTable.effects`.
@inline(never)
func effects(
  _ x: UnsafePointer<Float>, _ replacements: UnsafePointer<Float>, _ raise: UnsafePointer<Float>,
  _ lower: UnsafePointer<Float>, _ n: Int, _ out: UnsafeMutablePointer<Float>
) -> Float {
  var largest = Vector.zero
  let smallest = splat(Float.leastNormalMagnitude)
  var index = 0
  while index < n {
    let values = loadInside(n - index, x + index)
    let others = load(replacements + index)
    let effect = boundOfEffect(others - values, load(raise + index), load(lower + index))
    let atLeast = floats(bits(replacing(effect, with: smallest, below: smallest)) & unequalLanes(values, others))
    store(infinityForNaN(atLeast), out + index)
    largest = replacing(largest, with: load(out + index), where: largest - load(out + index))
    index += lanes
  }
  var most: Float = 0
  for lane in 0..<lanes { most = max(most, largest[lane]) }
  return most
}

/// Keeps those listed values whose replacement might change a prediction, by updated scores: see `KernelTable.unsettled`.
@inline(never)
func unsettled(
  _ scores: UnsafePointer<Float>, _ prediction: Int, _ changes: UnsafePointer<Float>,
  _ outgoing: UnsafePointer<Float>, _ stride: Int, _ classes: Int, _ slack: Float, _ slacks: UnsafePointer<Float>,
  _ indices: UnsafeMutablePointer<Int32>, _ count: Int
) -> Int {
  var kept = 0
  for position in 0..<count {
    let index = Int(indices[position])
    let weights = outgoing + index * stride
    let change = changes[index]
    let own = splat(multiplyAdd(scores[prediction], change, weights[prediction]))
    let slacks = splat(slack + slacks[index])
    var open = Bits.zero
    var first = 0
    while first < classes {
      let lead = own - multiplyAdd(load(scores + first), splat(change), load(weights + first))
      open |= openRivals(slacks, lead, first, prediction, classes)
      first += lanes
    }
    if isAnySet(open) {
      indices[kept] = Int32(truncatingIfNeeded: index)
      kept += 1
    }
  }
  return kept
}

/// All bits set in the lanes of rivals (classes first ..< classes but one) whose `lead` is not above `slack`.
@inline(__always) func openRivals(
  _ slack: Vector, _ lead: Vector, _ first: Int, _ prediction: Int, _ classes: Int
) -> Bits {
  let index = laneNumbers &+ Bits(repeating: Int32(truncatingIfNeeded: first))
  let isRival = rivalLanes(index, Int32(truncatingIfNeeded: prediction), Int32(truncatingIfNeeded: classes))
  return isRival & lanesNotBelow(slack, lead)
}

/// y = z + delta * w for n values.
@inline(never)
func addScaled(
  _ z: UnsafePointer<Float>, _ delta: Float, _ w: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ n: Int
) {
  let deltas = splat(delta)
  var index = 0
  while index + lanes <= n {
    store(multiplyAdd(load(z + index), deltas, load(w + index)), y + index)
    index += lanes
  }
  if index < n {
    let left = n - index
    storeFirst(
      left, multiplyAdd(loadFirst(left, z + index, else: 0), deltas, loadFirst(left, w + index, else: 0)), y + index)
  }
}
