import AblateKernelInterface

/// See `KernelTable.addScaled`.
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
    let sum = multiplyAdd(loadFirst(left, z + index, else: 0), deltas, loadFirst(left, w + index, else: 0))
    storeFirst(left, sum, y + index)
  }
}
