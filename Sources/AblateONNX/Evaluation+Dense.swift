import AblateModel
import AblateRuntime

extension Evaluation {
  /// Y = alpha A' B' + beta C
  func gemm(_ node: Node) throws(AblateError) -> Value {
    guard try node.integer("transA", default: 0) == 0 else {
      throw node.unsupported("transA would make rows of the columns")
    }
    let rows = try rows(node, 0)
    guard rows.shape.rank == 2 else { throw node.malformed("its input has \(rows.shape.rank) axes: expected 2") }
    let weights = try constant(node, 1)
    guard weights.dims.count == 2 else {
      throw node.malformed("its weights have \(weights.dims.count) axes: expected 2")
    }
    let isTransposed = try node.integer("transB", default: 0) != 0
    let units = weights.dims[isTransposed ? 0 : 1]
    var bias = Coefficients(0)
    if let value = try optionalInput(node, 2) {
      guard case .constant(let tensor) = value else { throw node.unsupported("its bias must be a constant") }
      try require(tensor, rows.type, "bias", node)
      bias = try gemmBias(node, tensor, units: units)
    }
    return try dense(
      node, rows, weights, layout: isTransposed ? .outIn : .inOut, alpha: Double(try node.float("alpha", default: 1)),
      bias: bias)
  }

  private func gemmBias(_ node: Node, _ tensor: Tensor, units: Int) throws(AblateError) -> Coefficients {
    let beta = Double(try node.float("beta", default: 1))
    if tensor.count == 1 { return Coefficients(tensor.number(0) * beta) }
    if tensor.dims.count == 2, tensor.dims[0] > 1, tensor.dims[1] == units || tensor.dims[1] == 1 {
      throw node.unsupported("its bias has a value for each row of the batch")
    }
    guard tensor.dims.count <= 2, tensor.core == [units] else {
      throw node.malformed("its bias has \(tensor.count) values for \(units) units")
    }
    let values = try source.buffer(Double.self, count: units)
    for unit in 0..<units { values.pointer[unit] = tensor.number(unit) * beta }
    return Coefficients(values)
  }

  func matMul(_ node: Node) throws(AblateError) -> Value {
    let first = try input(node, 0)
    let second = try input(node, 1)
    switch (first, second) {
    case (.rows(let rows), .constant(let weights)):
      guard weights.dims.count == 1 || weights.dims.count == 2 else {
        throw node.unsupported("its weights have \(weights.dims.count) axes: 2 are supported")
      }
      return try dense(node, rows, weights, layout: .inOut, alpha: 1, bias: Coefficients(0))
    case (.constant, .rows): throw node.unsupported("the weights must be its second input")
    case (.rows, .rows): throw node.unsupported("both of its inputs depend on the model's input")
    default:
      _ = try rows(node, 0)
      throw node.unsupported("the weights must be a constant")
    }
  }

  /// Weights of one axis make one unit, and leave rows without an axis.
  private func dense(
    _ node: Node, _ rows: Rows, _ weights: Tensor, layout: WeightLayout, alpha: Double, bias: Coefficients
  ) throws(AblateError) -> Value {
    try require(weights, rows.type, "weights", node)
    let dims = weights.dims.count == 1 ? [weights.dims[0], 1] : weights.dims
    let (units, inputs) = layout == .outIn ? (dims[0], dims[1]) : (dims[1], dims[0])
    guard units > 0, inputs > 0 else { throw node.malformed("its weights have a length of 0") }
    let settled = try settling(rows, node)
    var shape = try fitting(settled.shape, length: inputs, node, "weights for \(inputs) inputs")
    shape = shape.replacingLast(with: units)
    if weights.dims.count == 1 { shape.row = [] }
    // Each layer has its own copy of a name that the file may hold only once.
    try source.spend(weights.name.values.count)
    let layer = Weighted(
      name: layerName(node, weights), weights: weights, layout: layout, units: units, inputs: inputs, alpha: alpha,
      bias: bias)
    let stage = addStage(Stage(kind: .layer(layer), sources: [settled], position: node.position))
    return .rows(
      Rows(stage: stage, affine: .none, expression: .x, shape: shape, type: rows.type, position: node.position))
  }

  func require(_ tensor: Tensor, _ type: ElementType, _ what: StaticString, _ node: Node) throws(AblateError) {
    guard type.isFloat || tensor.type != type else {
      throw node.unsupported("it computes with whole numbers (\(type.name))")
    }
    guard tensor.type == type else {
      throw node.malformed("its \(what) are of type \(tensor.type.name), its input of type \(type.name)")
    }
  }

  func requireElements(_ tensor: Tensor, _ node: Node) throws(AblateError) {
    guard tensor.count > 0 else { throw node.malformed("it has a constant without elements") }
  }

  /// A shape whose rows have one axis of `length`.
  func fitting(_ shape: RowShape, length: Int, _ node: Node, _ what: ErrorText) throws(AblateError) -> RowShape {
    guard length > 0 else { throw node.malformed("it has \(what)") }
    guard var result = shape.narrowed(), let last = result.row.last else {
      throw node.unsupported("it works on a part of what was one row before")
    }
    guard last == nil || last == length else {
      throw node.malformed("it has \(what), its input has rows of \(last ?? 0)")
    }
    if last == nil, result.input.count == 1, result.input[0] == nil { result.input = [length] }
    result.row = [length]
    return result
  }

  /// Rows that something new can be computed from.
  ///
  /// - Throws: `unsupported` if their expression is no activation function.
  func settling(_ rows: Rows, _ node: Node) throws(AblateError) -> Rows {
    guard rows.expression.steps == nil else { return rows }
    if let parts = try taken(apart: rows, node) { return parts }
    throw graph.nodes[rows.position].unsupported(
      "together with the operators before it, it is none of the activation functions that are supported")
  }

  /// Rows of which the expression is P(x) + Q(x) f(R(x)) with linear P, Q and R, as a sum, or a product, of two paths.
  private func taken(apart rows: Rows, _ node: Node) throws(AblateError) -> Rows? {
    let x = rows.expression
    guard case .activation = x.f, x.p.degree <= 1, x.q.degree <= 1, x.r.degree <= 1 else { return nil }
    if x.p.degree == 1 {
      let rest = rows.with(expression: Expression(p: .zero, q: x.q, f: x.f, r: x.r), at: rows.position)
      return path(.sum, of: linear(x.p, rows), and: try settling(rest, node))
    }
    let gate = rows.with(expression: Expression(p: .zero, q: .one, f: x.f, r: x.r), at: rows.position)
    let product = path(.product, of: linear(x.q, rows), and: gate)
    return product.with(expression: Expression.x.shifted(by: x.p.c0), at: rows.position)
  }

  private func linear(_ function: Polynomial, _ rows: Rows) -> Rows {
    rows.with(expression: Expression(p: function, q: .zero, f: .none, r: .zero), at: rows.position)
  }

  /// What two paths from one stage come to.
  private func path(_ kind: Stage.Kind, of first: Rows, and second: Rows) -> Rows {
    var stage = Stage(kind: kind, sources: [first, second], position: second.position)
    stage.image = stages[first.stage].image
    stage.sourceShape = stage.image
    return Rows(
      stage: addStage(stage), affine: .none, expression: .x, shape: first.shape, type: first.type,
      position: second.position)
  }

  /// The same values, as what a new expression or affine function starts from.
  func restarted(_ rows: Rows, _ node: Node) throws(AblateError) -> Rows {
    var stage = Stage(kind: .computed, sources: [try settling(rows, node)], position: rows.position)
    stage.image = stages[rows.stage].image
    let number = addStage(stage)
    return Rows(
      stage: number, affine: .none, expression: .x, shape: rows.shape, type: rows.type, position: rows.position)
  }
}
