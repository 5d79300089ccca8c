import AblateRuntime

/// Rows of which the axes are to be in another order. That is put off until something asks for them.
///
/// What works value by value does not ask: it goes in front, where it can become part of a layer. Exporters of frameworks with
/// channels-last images write bias and activation function of a convolution behind a transposition.
final class Transposed {
  let rows: Rows
  /// Of all axes of `rows`.
  let order: [Int]
  let node: Node
  /// The rows with their values moved, once something has asked.
  private var moved: Value?

  init(_ rows: Rows, order: [Int], node: Node) {
    self.rows = rows
    self.order = order
    self.node = node
  }

  /// The order that undoes it.
  var inverse: [Int] { order.indices.map { axis in order.firstIndex(of: axis) ?? axis } }

  func made(by evaluation: Evaluation) throws(AblateError) -> Value {
    if let moved { return moved }
    let made = try evaluation.moved(.rows(rows), order, node)
    moved = made
    return made
  }
}

extension Evaluation {
  /// All axes but that of the rows may change their places.
  func transpose(_ node: Node) throws(AblateError) -> Value {
    let value = try requiredStoredInput(node, 0)
    let rank: Int
    switch value {
    case .constant(let tensor): rank = tensor.dims.count
    case .rows(let rows): rank = rows.shape.rank
    case .transposed(let earlier): rank = earlier.order.count
    case .prediction: return value
    default: throw node.unsupported("its input cannot be transposed")
    }
    let order = try node.integers("perm") ?? Array((0..<rank).reversed())
    guard order.count == rank, (0..<rank).allSatisfy({ order.contains($0) }) else {
      throw node.malformed("its order of axes does not go with an input of \(rank) axes")
    }
    return try transposed(value, order, node)
  }

  /// A value with its axes in another order, which is put off for images.
  private func transposed(_ value: Value, _ order: [Int], _ node: Node) throws(AblateError) -> Value {
    if case .transposed(let earlier) = value {
      return try transposed(.rows(earlier.rows), order.map { earlier.order[$0] }, node)
    }
    if order.elementsEqual(order.indices) { return value }
    if let result = try withoutMoving(value, order, node) { return result }
    guard case .rows(let rows) = value, stages[rows.stage].image != nil, !isOwn else {
      return try moved(value, order, node)
    }
    return .transposed(Transposed(rows, order: order, node: node))
  }

  /// The same if only axes of length 1 change their places, so that no value does; else nil.
  private func withoutMoving(_ value: Value, _ order: [Int], _ node: Node) throws(AblateError) -> Value? {
    func isStill(_ axes: [Dimension]) -> Bool {
      let moving = order.filter { axes[$0] != .known(1) }
      return moving.indices.dropFirst().allSatisfy { moving[$0 - 1] <= moving[$0] }
    }
    switch value {
    case .constant(let tensor) where isStill(tensor.dims.map { .known($0) }):
      return .constant(tensor.with(dims: order.map { tensor.dims[$0] }))
    case .rows(let rows) where isStill(rows.shape.dimensions):
      let axes = rows.shape.dimensions
      guard case .rows(let shape) = rows.shape.reshaped(to: order.map { axes[$0] }) else { return nil }
      return .rows(try rowMajor(rows, node).with(shape: shape))
    default: return nil
    }
  }

  /// A value with its axes in another order.
  fileprivate func moved(_ value: Value, _ order: [Int], _ node: Node) throws(AblateError) -> Value {
    let x = try movable(value, node)
    guard order.prefix(x.leading).elementsEqual(0..<x.leading) else {
      throw node.unsupported("it changes the order of the rows")
    }
    return try moved(x, x.unmoved, order: order.dropFirst(x.leading).map { $0 - x.leading }, node)
  }

  /// What a node gives that works value by value on transposed rows: worked out in front of the transposition, and then transposed.
  ///
  /// - Returns: nil if it is no such node, or has inputs that do not go with each other there.
  func beforeTransposition(_ node: Node, _ operation: Operator) throws(AblateError) -> Value? {
    guard operation.isValueByValue else { return nil }
    var first: Transposed?
    for index in node.inputs.indices where first == nil {
      if case .transposed(let own) = try storedInput(node, index) { first = own }
    }
    guard let first else { return nil }
    var inputs: [Int?] = []
    for index in node.inputs.indices {
      guard let value = try storedInput(node, index) else {
        inputs.append(nil)
        continue
      }
      guard let own = try self.value(value, before: first, node) else { return nil }
      inputs.append(add(own))
    }
    let result = try evaluate(node.with(inputs: inputs), operation)
    return try transposed(result, first.order, first.node)
  }

  /// A value as it is in front of a transposition; nil if it has another number of axes, or is an image whose values would have to be moved.
  private func value(_ value: Value, before transposition: Transposed, _ node: Node) throws(AblateError) -> Value? {
    let rank = transposition.order.count
    switch value {
    case .constant(let tensor):
      guard tensor.dims.count <= rank else { return nil }
      if tensor.count == 1 { return value }
      return try transposed(.constant(tensor.with(dims: tensor.dims.behindOnes(to: rank))), transposition.inverse, node)
    case .rows(let rows) where rows.shape.rank != rank: return nil
    case .transposed(let other) where other.order.count != rank: return nil
    case .rows, .transposed:
      guard case .rows(let rows) = try transposed(value, transposition.inverse, node) else { return nil }
      return .rows(rows)
    default: return nil
    }
  }
}

extension Operator {
  /// Whether each value of its result follows from the values at the same place of its inputs.
  fileprivate var isValueByValue: Bool {
    switch self {
    case .add, .sub, .mul, .div, .neg, .pow, .sum, .cast, .identity, .dropout, .relu, .leakyRelu, .elu, .selu, .tanh,
      .sigmoid, .softplus, .gelu, .hardSigmoid, .hardSwish, .erf, .clip:
      true
    default: false
    }
  }
}
