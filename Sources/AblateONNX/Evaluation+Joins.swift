import AblateModel
import AblateRuntime

extension Evaluation {
  /// The sum, difference or product of what comes along two paths through the network.
  func join(_ node: Node, _ a: Rows, _ operation: Affine.Operation, _ b: Rows) throws(AblateError) -> Rows {
    switch operation {
    case .add: return try join(node, .sum, a, b)
    case .subtract:
      return try join(node, .sum, a, b.with(expression: b.expression.scaled(by: -1), at: b.position))
    case .multiply: return try join(node, .product, a, b)
    case .divide, .subtractFrom: throw node.unsupported("it divides by a value that depends on the model's input")
    }
  }

  private func join(_ node: Node, _ kind: Stage.Kind, _ a: Rows, _ b: Rows) throws(AblateError) -> Rows {
    guard a.type == b.type else {
      throw node.malformed("its inputs are of types \(a.type.name) and \(b.type.name)")
    }
    guard a.shape.leading == b.shape.leading, let width = a.shape.width, let other = b.shape.width else {
      throw node.unsupported("it joins two paths of which the lengths are not known")
    }
    if a.shape.row == b.shape.row { return try join(node, kind, a, b, shape: a.shape) }
    // Squeeze and excite: one value for each channel of an image.
    let (larger, smaller) = width >= other ? (a, b) : (b, a)
    if case .product = kind, let shape = larger.shape.image, let factors = smaller.shape.image,
      factors.positions == 1, factors.channels == shape.channels
    {
      let image = try image(larger, node).rows
      return try images(kind, of: [image, try settling(rowMajor(smaller, node), node)], shape, to: shape, node)
    }
    throw node.unsupported("it joins two paths of different shapes")
  }

  private func join(
    _ node: Node, _ kind: Stage.Kind, _ a: Rows, _ b: Rows, shape: RowShape
  ) throws(AblateError) -> Rows {
    let isImage = [a, b].contains { !(stages[$0.stage].image?.isSameChannelsFirst ?? true) }
    if isImage {
      let (first, axes) = try image(a, node)
      return try images(kind, of: [first, try image(b, node).rows], axes, to: axes, node)
    }
    let sources = [try settling(a, node), try settling(b, node)]
    var result = shape
    result.isFixed = true
    let stage = addStage(Stage(kind: kind, sources: sources, position: node.position))
    return Rows(stage: stage, affine: .none, expression: .x, shape: result, type: a.type, position: node.position)
  }

  /// Sum, of any number of inputs.
  func sum(_ node: Node) throws(AblateError) -> Value {
    var result = try input(node, 0)
    for index in 1..<max(1, node.inputs.count) {
      result = try combine(node, result, .add, try input(node, index))
    }
    return result
  }

  /// Images, or rows, behind each other along the axis of their channels.
  func concatenation(_ node: Node, _ parts: [Rows], axis: Int) throws(AblateError) -> Value {
    let shape = parts[0].shape
    let place = (axis < 0 ? axis + shape.rank : axis) - shape.leading
    guard place == 0, !shape.row.isEmpty else {
      throw node.unsupported("it joins paths along axis \(axis): only that of the channels is supported")
    }
    var length = 0
    for part in parts {
      guard part.shape.leading == shape.leading, let own = part.shape.row.first, let own,
        part.shape.row.dropFirst().elementsEqual(shape.row.dropFirst()), part.type == parts[0].type
      else { throw node.unsupported("it joins paths of different or unknown lengths") }
      length += own
    }
    if let from = shape.image, from.positions > 1 {
      var sources: [Rows] = []
      for part in parts { sources.append(try image(part, node).rows) }
      let axes = ValueShape(height: from.height, width: from.width, channels: length)
      return .rows(try images(.concatenation, of: sources, from, to: axes, node))
    }
    var sources: [Rows] = []
    for part in parts { sources.append(try settling(rowMajor(part, node), node)) }
    var result = shape
    result.row[0] = length
    result.isFixed = true
    let stage = addStage(Stage(kind: .concatenation, sources: sources, position: node.position))
    return .rows(
      Rows(
        stage: stage, affine: .none, expression: .x, shape: result, type: parts[0].type, position: node.position))
  }

  /// LRN
  func responseNormalization(_ node: Node) throws(AblateError) -> Value {
    let (rows, shape) = try image(try rows(node, 0), node)
    let size = try node.integer("size", default: 0)
    guard size > 0, size <= 1 << 24 else { throw node.malformed("its size is \(size)") }
    let normalization = ResponseNormalization(
      size: size, alpha: try node.float("alpha", default: 1e-4), beta: try node.float("beta", default: 0.75),
      bias: try node.float("bias", default: 1))
    return .rows(try images(.responseNormalization(normalization), of: [rows], shape, to: shape, node))
  }
}
