import AblateKernelInterface

/// y = activation(x) for `count` values; y may be x.
@inline(never)
func activate(
  _ activation: Activation, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int
) {
  let alpha = activation.alpha
  let beta = activation.beta
  switch activation.kind {
  case .identity: if x != UnsafePointer(y) { map(x, y, count) { $0 } }
  case .relu:
    var index = 0
    while index + lanes <= count {
      store(relu(load(x + index)), y + index)
      index += lanes
    }
    map(x + index, y + index, count - index) { relu($0) }
  case .leakyReLU: map(x, y, count) { replacing($0, with: splat(alpha) * $0, below: .zero) }
  case .elu: map(x, y, count) { replacing($0, with: splat(alpha) * exponentialMinusOne($0), below: .zero) }
  case .selu:
    map(x, y, count) { splat(beta) * replacing($0, with: splat(alpha) * exponentialMinusOne($0), below: .zero) }
  case .tanh: map(x, y, count) { hyperbolicTangent($0) }
  case .sigmoid: map(x, y, count) { sigmoid($0) }
  case .softplus: map(x, y, count) { softplus($0) }
  case .gelu: map(x, y, count) { gelu($0) }
  case .geluTanh: map(x, y, count) { geluTanh($0) }
  case .hardSigmoid: map(x, y, count) { hardSigmoid($0, alpha, beta) }
  case .hardSwish: map(x, y, count) { $0 * hardSigmoid($0, 1 / 6, 0.5) }
  case .silu: map(x, y, count) { $0 * sigmoid($0) }
  case .clip: map(x, y, count) { clip($0, splat(alpha), splat(beta)) }
  }
}

/// Whole vectors, then the rest as a vector of its own, so that a value's bits do not depend on where it stands. The function stands in one
/// loop for both, as some take a thousand bytes.
@inline(__always)
func map(
  _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int, _ function: (Vector) -> Vector
) {
  var index = 0
  while index < count {
    let left = count - index
    let result = function(loadInside(left, x + index))
    if left >= lanes { store(result, y + index) } else { storeFirst(left, result, y + index) }
    index += lanes
  }
}

/// Fewer values than a vector has lanes; the lanes behind them get `filler`.
@inline(never)
func loadFirst(_ count: Int, _ pointer: UnsafePointer<Float>, else filler: Float) -> Vector {
  var vector = splat(filler)
  var lane = 0
  if count >= lanes / 2 {
    vector.lowHalf = UnsafeRawPointer(pointer).loadUnaligned(as: HalfVector.self)
    lane = lanes / 2
  }
  while lane < count {
    vector[lane] = pointer[lane]
    lane += 1
  }
  return vector
}

@inline(never)
func storeFirst(_ count: Int, _ vector: Vector, _ pointer: UnsafeMutablePointer<Float>) {
  for lane in 0..<count { pointer[lane] = vector[lane] }
}
