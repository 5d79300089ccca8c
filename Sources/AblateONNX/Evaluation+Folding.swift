import AblateRuntime

extension Evaluation {
  /// Arithmetic of constants. The result has the shape of one of them: a constant cannot be made to grow.
  func fold(_ node: Node, _ a: Tensor, _ operation: Affine.Operation, _ b: Tensor) throws(AblateError) -> Tensor {
    guard a.type == b.type else {
      throw node.malformed("its constants are of types \(a.type.name) and \(b.type.name)")
    }
    try requireElements(a, node)
    try requireElements(b, node)
    let larger = a.count >= b.count ? a : b
    guard a.count == b.count ? a.core == b.core : a.core.isEmpty || b.core.isEmpty else {
      throw node.unsupported("it combines constants of different shapes")
    }
    let values = try source.buffer(Double.self, count: larger.count)
    for index in 0..<larger.count {
      let x = a.number(a.count == 1 ? 0 : index)
      let y = b.number(b.count == 1 ? 0 : index)
      values.pointer[index] =
        switch operation {
        case .add: x + y
        case .subtract: x - y
        case .multiply: x * y
        case .divide: x / y
        case .subtractFrom: y - x
        }
    }
    let dims = a.dims.count >= b.dims.count ? a.count >= b.count ? a.dims : b.dims : larger.dims
    return Tensor(name: larger.name, dims: dims, type: larger.type, count: larger.count, storage: .numbers(values))
  }

  /// The square root of a constant: part of a normalisation that was written out.
  func squareRoot(_ node: Node) throws(AblateError) -> Value {
    guard case .constant(let tensor) = try input(node, 0), tensor.type.isFloat else {
      throw node.unsupported("it takes the square root of a value that depends on the model's input")
    }
    let values = try source.buffer(Double.self, count: tensor.count)
    for index in 0..<tensor.count { values.pointer[index] = tensor.number(index).squareRoot() }
    return .constant(
      Tensor(name: tensor.name, dims: tensor.dims, type: tensor.type, count: tensor.count, storage: .numbers(values)))
  }

  /// A constant matrix with its axes exchanged; a constant of another rank only if nothing moves.
  func transposed(_ node: Node, _ tensor: Tensor, _ order: [Int]) throws(AblateError) -> Tensor {
    let dims = order.map { tensor.dims[$0] }
    let moving = order.filter { tensor.dims[$0] != 1 }
    if moving.isAscending { return tensor.with(dims: dims) }
    guard order == [1, 0], case .numbers(let from) = tensor.storage else {
      throw node.unsupported("it transposes a constant that is no matrix of floats")
    }
    let to = try source.buffer(Double.self, count: tensor.count)
    let (height, width) = (tensor.dims[0], tensor.dims[1])
    for row in 0..<height {
      for column in 0..<width { to.pointer[column * height + row] = from.pointer[row * width + column] }
    }
    return Tensor(name: tensor.name, dims: dims, type: tensor.type, count: tensor.count, storage: .numbers(to))
  }
}
