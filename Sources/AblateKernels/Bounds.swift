/// Lists the values whose replacement might matter: see `KernelTable.undecided`.
@inline(never)
func undecided(
  _ x: UnsafePointer<Float>, _ replacements: UnsafePointer<Float>, _ raise: UnsafePointer<Float>,
  _ lower: UnsafePointer<Float>, _ limit: Float, _ n: Int, _ out: UnsafeMutablePointer<Int32>
) -> Int {
  let limits = splat(limit)
  var index = 0
  var count = 0
  while index < n {
    index = skipDecided(x, replacements, raise, lower, limits, index, n)
    if index >= n { break }
    let values = loadInside(n - index, x + index)
    let others = load(replacements + index)
    let effect = boundOfEffect(others - values, load(raise + index), load(lower + index))
    let open = openLanes(effect, limits, values, others) & lanesBelow(n - index)
    if isAnySet(open) { count = list(open, index, out, count) }
    index += lanes
  }
  return count
}

/// The first vector from `start` on that may hold an undecided value, or is one of the last two. On its own, so that all it needs stays in
/// registers.
@inline(never)
private func skipDecided(
  _ x: UnsafePointer<Float>, _ replacements: UnsafePointer<Float>, _ raise: UnsafePointer<Float>,
  _ lower: UnsafePointer<Float>, _ limits: Vector, _ start: Int, _ n: Int
) -> Int {
  skip(start, n) { index in
    let change = load(replacements + index) - load(x + index)
    return lanesNotBelow(boundOfEffect(change, load(raise + index), load(lower + index)), limits)
  }
}

/// The first vector from `start` on that `isOpen` sets a lane of, or one before it, or one of the last two.
@inline(__always) private func skip(_ start: Int, _ n: Int, _ isOpen: (_ index: Int) -> Bits) -> Int {
  var index = start
  while index + 2 * lanes <= n, !isAnySet(isOpen(index) | isOpen(index + lanes)) { index += 2 * lanes }
  return index
}

/// Appends the numbers of open lanes to a list. Without a branch per lane, which nothing could predict.
@inline(never)
func list(_ open: Bits, _ index: Int, _ out: UnsafeMutablePointer<Int32>, _ start: Int) -> Int {
  var count = start
  for lane in 0..<lanes {
    out[count] = Int32(truncatingIfNeeded: index + lane)
    count -= Int(open[lane])
  }
  return count
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
  let ones = splat(1)
  var index = 0
  var count = 0
  while index < n {
    index = skipDecidedInputs(x, weights, splat(raise), splat(lower), index, n)
    if index >= n { break }
    let values = loadInside(n - index, x + index)
    let change = Vector.zero - values * loadInside(n - index, weights + index)
    let effect = boundOfEffect(change, splat(raise), splat(lower))
    let open = openLanes(effect, ones, values, Vector.zero) & lanesBelow(n - index)
    if isAnySet(open) { count = list(open, index, out, count) }
    index += lanes
  }
  return count
}

/// The same as `skipDecided` for inputs.
@inline(never)
private func skipDecidedInputs(
  _ x: UnsafePointer<Float>, _ weights: UnsafePointer<Float>, _ raise: Vector, _ lower: Vector, _ start: Int, _ n: Int
) -> Int {
  let ones = splat(1)
  return skip(start, n) { index in
    let change = Vector.zero - load(x + index) * load(weights + index)
    return lanesNotBelow(boundOfEffect(change, raise, lower), ones)
  }
}

/// Lists values that are not below a limit: see `KernelTable.notBelow`.
@inline(never)
func notBelow(_ x: UnsafePointer<Float>, _ limit: Float, _ n: Int, _ out: UnsafeMutablePointer<Int32>) -> Int {
  let limits = splat(limit)
  @inline(__always) func isOpen(_ index: Int) -> Bits {
    let values = loadInside(n - index, x + index)
    return openLanes(values, limits, values, Vector.zero)
  }
  var count = 0
  var index = 0
  while index + 2 * lanes <= n {
    let first = isOpen(index)
    let second = isOpen(index + lanes)
    if isAnySet(first | second) {
      count = list(first, index, out, count)
      count = list(second, index + lanes, out, count)
    }
    index += 2 * lanes
  }
  while index < n {
    let open = isOpen(index) & lanesBelow(n - index)
    if isAnySet(open) { count = list(open, index, out, count) }
    index += lanes
  }
  return count
}

/// Lists values whose products are not below a limit: see `KernelTable.productsNotBelow`.
@inline(never)
func productsNotBelow(
  _ x: UnsafePointer<Float>, _ weights: UnsafePointer<Float>, _ limit: Float, _ n: Int,
  _ out: UnsafeMutablePointer<Int32>
) -> Int {
  let limits = splat(limit)
  @inline(__always) func isOpen(_ index: Int, _ values: Vector) -> Bits {
    openLanes(values * load(weights + index), limits, values, .zero)
  }
  var count = 0
  var index = 0
  while index + 2 * lanes <= n {
    let first = isOpen(index, load(x + index))
    let second = isOpen(index + lanes, load(x + index + lanes))
    if isAnySet(first | second) {
      count = list(first, index, out, count)
      count = list(second, index + lanes, out, count)
    }
    index += 2 * lanes
  }
  while index < n {
    let open = isOpen(index, loadInside(n - index, x + index)) & lanesBelow(n - index)
    if isAnySet(open) { count = list(open, index, out, count) }
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
    largest = larger(largest, load(out + index))
    index += lanes
  }
  return largestLane(largest)
}

/// Keeps those listed values whose replacement might change a prediction, by updated scores: see `KernelTable.unsettled`.
@inline(never)
func unsettled(
  _ scores: UnsafePointer<Float>, _ prediction: Int, _ x: UnsafePointer<Float>, _ replacements: UnsafePointer<Float>,
  _ outgoing: UnsafePointer<Float>, _ stride: Int, _ classes: Int, _ slack: Float, _ slackPerMove: Float,
  _ reach: UnsafePointer<Float>, _ indices: UnsafeMutablePointer<Int32>, _ count: Int
) -> Int {
  var kept = 0
  for position in 0..<count {
    let index = Int(indices[position])
    let weights = outgoing + index * stride
    let change = replacements[index] - x[index]
    let own = splat(multiplyAdd(scores[prediction], change, weights[prediction]))
    let slacks = splat(slack + slackPerMove * abs(change) * reach[index])
    var open = Bits.zero
    var first = 0
    while first < classes {
      let lead = own - multiplyAdd(load(scores + first), splat(change), load(weights + first))
      open |= openRivals(slacks, lead, first, prediction, classes)
      first += lanes
    }
    indices[kept] = Int32(truncatingIfNeeded: index)
    kept += isAnySet(open) ? 1 : 0
  }
  return kept
}

/// Keeps those listed values whose replacement might cost a prediction its lead over some class: see `KernelTable.unproven`.
@inline(never)
func unproven(
  _ x: UnsafePointer<Float>, _ replacements: UnsafePointer<Float>, _ raise: UnsafePointer<Float>,
  _ lower: UnsafePointer<Float>, _ stride: Int, _ limits: UnsafePointer<Float>, _ classes: Int,
  _ indices: UnsafeMutablePointer<Int32>, _ count: Int
) -> Int {
  var kept = 0
  for position in 0..<count {
    let index = Int(indices[position])
    let change = replacements[index] - x[index]
    let bounds = (change < 0 ? lower : raise) + index * stride
    let size = splat(abs(change))
    var open = Bits.zero
    var first = 0
    while first < classes {
      open |= lanesNotBelow(size * load(bounds + first), load(limits + first))
      first += lanes
    }
    indices[kept] = Int32(truncatingIfNeeded: index)
    kept += isAnySet(open) ? 1 : 0
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
