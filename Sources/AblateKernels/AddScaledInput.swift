import AblateKernelInterface

// Updates of a dense step with a change of one input, by its packed weights: those are near, as each block of rows goes through them.

/// See `KernelTable.addScaledInput`.
@inline(never)
func addScaledInput(
  _ z: UnsafePointer<Float>, _ delta: Float, _ packed: UnsafePointer<Float>, _ panels: Panels, _ input: Int,
  _ y: UnsafeMutablePointer<Float>, isReLU: Bool
) {
  let deltas = splat(delta)
  @inline(__always) func update(_ w: Vector, _ column: Int) {
    let sum = multiplyAdd(load(z + column), deltas, w)
    store(isReLU ? relu(sum) : sum, y + column)
  }
  forEachVector(packed, panels, input, update)
}

/// See `KernelTable.updatedLead`.
@inline(never)
func updatedLead(
  _ z: UnsafePointer<Float>, _ delta: Float, _ packed: UnsafePointer<Float>, _ panels: Panels, _ input: Int,
  _ own: UnsafePointer<Float>, _ rival: UnsafePointer<Float>
) -> Float {
  let deltas = splat(delta)
  var ownSum = Vector.zero
  var rivalSum = Vector.zero
  @inline(__always) func add(_ w: Vector, _ column: Int) {
    let value = relu(multiplyAdd(load(z + column), deltas, w))
    ownSum = multiplyAdd(ownSum, value, load(own + column))
    rivalSum = multiplyAdd(rivalSum, value, load(rival + column))
  }
  forEachVector(packed, panels, input, add)
  return total(ownSum - rivalSum)
}

/// The weights of one input, vector by vector; the columns that fill up the last one are zeros.
@inline(__always)
private func forEachVector(
  _ packed: UnsafePointer<Float>, _ panels: Panels, _ input: Int, _ body: (_ weights: Vector, _ column: Int) -> Void
) {
  var weights = packed + input * panelWidth
  var column = 0
  for _ in 0..<panels.full {
    body(load(weights), column)
    body(load(weights + lanes), column + lanes)
    weights += panels.offset(of: 1)
    column += panelWidth
  }
  if panels.rest == 0 { return }
  weights += input * (panels.restWidth - panelWidth)
  body(panels.restWidth < lanes ? loadFirst(panels.restWidth, weights, else: 0) : load(weights), column)
  if panels.restWidth > lanes { body(load(weights + lanes), column + lanes) }
}
