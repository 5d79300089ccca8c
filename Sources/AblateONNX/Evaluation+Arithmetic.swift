import AblateModel
import AblateRuntime

extension Evaluation {
  /// Add, Sub, Mul, Div
  func arithmetic(_ node: Node, _ operation: Affine.Operation) throws(AblateError) -> Value {
    try combine(node, try input(node, 0), operation, try input(node, 1))
  }

  func combine(
    _ node: Node, _ left: Value, _ operation: Affine.Operation, _ right: Value
  ) throws(AblateError) -> Value {
    switch (left, right) {
    case (.rows(let rows), .constant(let tensor)): return .rows(try combine(node, rows, operation, tensor))
    case (.constant(let tensor), .rows(let rows)):
      switch operation {
      case .divide: throw node.unsupported("it divides by a value that depends on the model's input")
      case .subtract: return .rows(try combine(node, rows, .subtractFrom, tensor))
      default: return .rows(try combine(node, rows, operation, tensor))
      }
    case (.rows(let first), .rows(let second)): return .rows(try combine(node, first, operation, second))
    case (.prediction(let scores, _), _), (_, .prediction(let scores, _)): return .prediction(scores, labels: nil)
    case (.constant(let a), .constant(let b)) where a.type.isFloat || b.type.isFloat:
      return .constant(try fold(node, a, operation, b))
    default:
      if let result = try dimensionArithmetic(node, left, operation, right) { return result }
      if let a = try tensor(left), let b = try tensor(right) { return .constant(try fold(node, a, operation, b)) }
      _ = try rows(node, 0)
      _ = try rows(node, 1)
      throw node.unsupported("its inputs cannot be combined")
    }
  }

  private func combine(
    _ node: Node, _ rows: Rows, _ operation: Affine.Operation, _ tensor: Tensor
  ) throws(AblateError) -> Rows {
    try require(tensor, rows.type, "constants", node)
    try requireElements(tensor, node)
    var rows = rows
    if tensor.dims.count > rows.shape.rank {
      var shape = rows.shape
      shape.leading += tensor.dims.count - rows.shape.rank
      rows = rows.with(shape: shape)
    }
    // A number of no axes may be part of an activation function; one that stands for a row of width 1 is a bias.
    if tensor.count == 1 && (tensor.dims.isEmpty || rows.shape.width != 1) {
      return rows.with(expression: scalar(rows.expression, operation, tensor.number(0)), at: node.position)
    }
    let isPerChannel = isPerChannel(tensor, of: rows.shape)
    var constant = coefficients(tensor)
    if isPerChannel {
      rows = try image(rows, node).rows
    } else if isNarrowing(tensor, rows.shape) {
      rows = try rowMajor(rows, node)
      isNarrowed = isNarrowed || rows.shape.row.count > 1
      rows = rows.with(shape: try fitting(rows.shape, tensor, node))
    } else {
      (rows, constant) = try spread(rows, tensor, node)
    }
    if rows.expression.linear == nil || !rows.affine.goes(with: constant.vector?.count) {
      rows = try restarted(rows, node)
    }
    guard let linear = rows.expression.linear else { throw node.unsupported("it cannot be combined with its input") }
    if operation == .add, let name = tensor.name.dropping(suffix: ".bias") {
      try source.spend(name.values.count)
      nameLayer(rows.stage, name.text)
    }
    let affine = try rows.affine.then(linear: linear, at: rows.position, source)
      .then(operation, constant, at: node.position, source)
    return Rows(
      stage: rows.stage, affine: affine, expression: .x, shape: rows.shape, type: rows.type, position: node.position)
  }

  /// Whether a constant says what a row is: the last of some axes, and each position of the others is one; or a length is not known.
  private func isNarrowing(_ tensor: Tensor, _ shape: RowShape) -> Bool {
    if shape.width == nil || shape.leading == 0 { return true }
    let core = tensor.core
    return narrows && !shape.isFixed && core.count == 1 && shape.row.last == core[0] && shape.width != core[0]
  }

  /// Rows and a constant that are repeated to one shape; the constant in the order in which the rows are stored.
  private func spread(_ rows: Rows, _ tensor: Tensor, _ node: Node) throws(AblateError) -> (Rows, Coefficients) {
    let own = tensor.dims.behindOnes(to: rows.shape.rank)
    guard own.prefix(rows.shape.leading).allSatisfy({ $0 == 1 }) else {
      throw node.unsupported("its constant has values for each row of the batch")
    }
    let dims = Array(own.dropFirst(rows.shape.leading))
    var x = try movable(.rows(rows), node)
    let lengths = try common(x.lengths, dims, node)
    if lengths != x.lengths {
      x = try movable(try spread(x, to: lengths, node), node)
    }
    guard case .rows(let rows) = x.value else { throw node.unsupported("it cannot be combined with its input") }
    var shape = rows.shape
    shape.isFixed = true
    var constant = try spread(tensor.with(dims: dims), lengths, node)
    if let image = storedImage(rows), constant.count > 1, case .numbers = constant.storage {
      let axes = [image.channels, image.positions]
      let parts = Movable(value: .constant(constant.with(dims: axes)), lengths: axes, leading: 0)
      if case .constant(let stored) = try moved(parts, parts.unmoved, order: [1, 0], node) { constant = stored }
    }
    return (rows.with(shape: shape), coefficients(constant))
  }

  /// Whether a constant has one value for each channel of an image of more than one position.
  private func isPerChannel(_ tensor: Tensor, of shape: RowShape) -> Bool {
    guard let image = shape.image, image.positions > 1, image.channels > 1, tensor.dims.count >= shape.row.count,
      tensor.count == image.channels
    else { return false }
    return tensor.dims[tensor.dims.count - shape.row.count] == image.channels
  }

  private func scalar(_ x: Expression, _ operation: Affine.Operation, _ constant: Double) -> Expression {
    switch operation {
    case .add: x.shifted(by: constant)
    case .subtract: x.shifted(by: -constant)
    case .subtractFrom: x.scaled(by: -1).shifted(by: constant)
    case .multiply: x.scaled(by: constant)
    case .divide: x.scaled(by: 1 / constant)
    }
  }

  /// The elements of a constant, row-major.
  func coefficients(_ tensor: Tensor) -> Coefficients {
    if tensor.count == 0 { return Coefficients(0) }
    guard case .numbers(let values) = tensor.storage, tensor.count > 1 else { return Coefficients(tensor.number(0)) }
    return Coefficients(values)
  }

  /// A shape in which the constant has one value for each value of a row.
  private func fitting(_ shape: RowShape, _ tensor: Tensor, _ node: Node) throws(AblateError) -> RowShape {
    let core = tensor.core
    var result = shape
    result.isFixed = true
    if shape.row.drop(while: { $0 == 1 }).elementsEqual(core.map { Optional($0) }) { return result }
    guard core.count == 1, shape.row.last != 1 else {
      throw node.unsupported(
        "its constant of \(tensor.dims.count) axes and \(tensor.count) elements does not go with rows")
    }
    result = try fitting(shape, length: core[0], node, "constants for \(core[0]) values")
    result.isFixed = true
    return result
  }

  private func combine(
    _ node: Node, _ a: Rows, _ operation: Affine.Operation, _ b: Rows
  ) throws(AblateError) -> Rows {
    guard a.stage == b.stage, a.affine === b.affine, a.shape.row == b.shape.row else {
      return try join(node, a, operation, b)
    }
    let result: Expression? =
      switch operation {
      case .add: Expression.sum(a.expression, b.expression)
      case .subtract: Expression.sum(a.expression, b.expression.scaled(by: -1))
      case .multiply: Expression.product(a.expression, b.expression)
      case .divide, .subtractFrom: nil
      }
    guard let result else { return try join(node, a, operation, b) }
    return a.with(expression: result, at: node.position)
  }

  func negation(_ node: Node) throws(AblateError) -> Value {
    let rows = try rows(node, 0)
    return .rows(rows.with(expression: rows.expression.scaled(by: -1), at: node.position))
  }

  /// x to the power of 2 or 3: what activation functions are written with.
  func power(_ node: Node) throws(AblateError) -> Value {
    let rows = try rows(node, 0)
    let exponent = try constant(node, 1)
    let x = rows.expression
    var result: Expression?
    if exponent.count == 1, let square = Expression.product(x, x) {
      if exponent.number(0) == 2 { result = square }
      if exponent.number(0) == 3 { result = Expression.product(square, x) }
    }
    guard let result else { throw node.unsupported("only small powers inside of activation functions are supported") }
    return .rows(rows.with(expression: result, at: node.position))
  }
}
