import AblateRuntime

extension Evaluation {
  /// Identity, and Dropout when the model is not being trained. In files of ours, Identity keeps steps apart.
  func unchanged(_ node: Node, _ operation: Operator) throws(AblateError) -> Value {
    if operation == .dropout, let mode = try optionalInput(node, 2) {
      guard case .constant(let training) = mode, training.count == 1, training.number(0) == 0 else {
        throw node.unsupported("it is in training mode")
      }
    }
    let value = try input(node, 0)
    if operation == .identity, isOwn, case .rows(let rows) = value { return .rows(try restarted(rows, node)) }
    return value
  }

  /// Rows are floats whatever floating-point type the file computes in; other types would round them.
  func cast(_ node: Node) throws(AblateError) -> Value {
    let number = try node.integer("to", default: 0)
    guard let type = ElementType(rawValue: Int32(clamping: number)) else {
      throw node.malformed("it casts to element type \(number), which is not known")
    }
    switch try input(node, 0) {
    case .rows(let rows):
      guard type.isFloat else { throw node.unsupported("it casts rows to \(type.name)") }
      return .rows(
        Rows(
          stage: rows.stage, affine: rows.affine, expression: rows.expression, shape: rows.shape, type: type,
          position: rows.position))
    case .scores(let scores):
      guard type.isFloat else { throw node.unsupported("it casts probabilities to \(type.name)") }
      return .scores(scores)
    case .constant(let tensor): return .constant(try cast(node, tensor, to: type))
    case .dimensions(let lengths, let isScalar):
      guard type.isFloat else { return .dimensions(lengths, isScalar: isScalar) }
      return .constant(try cast(node, try constant(node, 0), to: type))
    case let other: return other
    }
  }
}
