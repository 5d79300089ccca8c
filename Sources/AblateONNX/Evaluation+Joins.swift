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
    guard a.shape.rank == b.shape.rank else { throw node.unsupported("it joins paths of different numbers of axes") }
    let lengths = try common(try knownLengths(a, node), try knownLengths(b, node), node)
    let (first, second) = (try spread(a, lengths, node), try spread(b, lengths, node))
    return try join(node, kind, first, second, shape: first.shape)
  }

  /// Rows repeated along the axes where they have a length of 1.
  private func spread(_ rows: Rows, _ lengths: [Int], _ node: Node) throws(AblateError) -> Rows {
    let x = try movable(.rows(rows), node)
    guard x.lengths != lengths, case .rows(let result) = try spread(x, to: lengths, node) else { return rows }
    return result
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

  /// Rows and constants behind each other along an axis.
  func concatenation(_ node: Node, _ parts: [Value], axis: Int) throws(AblateError) -> Value {
    var first: Rows?
    for part in parts { if case .rows(let rows) = part, first == nil { first = rows } }
    guard let first else { return try concatenation(node, constants: parts, axis: axis) }
    var sources: [Rows] = []
    for part in parts {
      switch part {
      case .rows(let rows): sources.append(rows)
      default: sources.append(try repeated(try constant(part, node), like: first, node))
      }
    }
    var x = try movable(.rows(first), node)
    let place = try place(ofAxis: axis, x, node)
    var length = 0
    for part in sources {
      let own = try knownLengths(part, node)
      guard part.shape.leading == x.leading, own.count == x.lengths.count, part.type == first.type,
        own.indices.allSatisfy({ $0 == place || own[$0] == x.lengths[$0] })
      else { throw node.malformed("the lengths of its inputs do not go together") }
      length += own[place]
    }
    if place == 0 { return .rows(try concatenation(node, sources, length)) }
    // The axis to the front, and back again.
    let front = [place] + x.lengths.indices.filter { $0 != place }
    var turned: [Rows] = []
    for part in sources {
      x = try movable(.rows(part), node)
      if case .rows(let rows) = try moved(x, x.unmoved, order: front, node) { turned.append(rows) }
    }
    x = try movable(.rows(try concatenation(node, turned, length)), node)
    let back = Array(1...place) + [0] + Array((place + 1)..<max(place + 1, front.count))
    return try moved(x, x.unmoved, order: back, node)
  }

  /// Along the first axis of each row.
  private func concatenation(_ node: Node, _ parts: [Rows], _ length: Int) throws(AblateError) -> Rows {
    var shape = parts[0].shape
    shape.isFixed = true
    if let from = shape.image, from.positions > 1 {
      var sources: [Rows] = []
      for part in parts { sources.append(try image(part, node).rows) }
      let axes = ValueShape(height: from.height, width: from.width, channels: length)
      return try images(.concatenation, of: sources, from, to: axes, node)
    }
    var sources: [Rows] = []
    for part in parts { sources.append(try settling(rowMajor(part, node), node)) }
    shape.row[0] = length
    _ = try requireSmall(shape.width ?? 0, node)
    let stage = addStage(Stage(kind: .concatenation, sources: sources, position: node.position))
    return Rows(
      stage: stage, affine: .none, expression: .x, shape: shape, type: parts[0].type, position: node.position)
  }

  /// A constant that goes with one row, as rows that are the same for each.
  private func repeated(_ tensor: Tensor, like rows: Rows, _ node: Node) throws(AblateError) -> Rows {
    try require(tensor, rows.type, "constants", node)
    let leading = rows.shape.leading
    guard tensor.dims.count == rows.shape.rank, tensor.dims.prefix(leading).allSatisfy({ $0 == 1 }) else {
      throw node.unsupported("it joins rows with a constant of another number of axes, or of several rows")
    }
    let count = try requireSmall(tensor.count, node)
    let sources = try source.buffer(Int32.self, count: count)
    for index in 0..<count { sources.pointer[index] = -1 }
    let arranged = Arranged(sources: sources, fill: 0, shape: ValueShape(height: 1, width: 1, channels: count))
    let input = Rows(
      stage: 0, affine: .none, expression: .x, shape: rows.shape, type: rows.type, position: node.position)
    let stage = addStage(Stage(kind: .arrangement(arranged), sources: [input], position: node.position))
    var shape = rows.shape
    shape.row = tensor.dims.dropFirst(leading).map { $0 }
    shape.isFixed = true
    let affine = try Affine.none.then(.add, coefficients(tensor), at: node.position, source)
    return Rows(stage: stage, affine: affine, expression: .x, shape: shape, type: rows.type, position: node.position)
  }

  private func constant(_ value: Value, _ node: Node) throws(AblateError) -> Tensor {
    guard let tensor = try tensor(value) else { throw node.unsupported("it joins rows with something else") }
    return tensor
  }

  /// Constants behind each other.
  private func concatenation(_ node: Node, constants: [Value], axis: Int) throws(AblateError) -> Value {
    var parts: [Tensor] = []
    var length = 0
    var place = 0
    for value in constants {
      let tensor = try constant(value, node)
      let dims = parts.first?.dims ?? tensor.dims
      place = try counted(axis, of: dims.count, node)
      guard tensor.dims.count == dims.count, tensor.type == parts.first?.type ?? tensor.type, tensor.type != .string,
        dims.indices.allSatisfy({ $0 == place || dims[$0] == tensor.dims[$0] })
      else { throw node.malformed("the lengths of its inputs do not go together") }
      let (sum, overflow) = length.addingReportingOverflow(tensor.dims[place])
      guard !overflow else { throw node.malformed("its result has more elements than can be counted") }
      length = sum
      parts.append(tensor)
    }
    guard let first = parts.first else { throw node.malformed("it has no input") }
    var dims = first.dims
    dims[place] = length
    guard let count = Tensor.count(of: dims), let inner = Tensor.count(of: Array(dims[(place + 1)...])) else {
      throw node.malformed("its result has more elements than can be counted")
    }
    let values = try source.buffer(Double.self, count: count)
    let integers = try source.buffer(Int64.self, count: first.type.isFloat ? 0 : count)
    var index = 0
    for block in 0..<(inner == 0 || length == 0 ? 0 : count / length / inner) {
      for part in parts {
        let width = part.dims[place] * inner
        for offset in block * width..<(block + 1) * width {
          values.pointer[index] = part.number(offset)
          if let own = part.integers { integers.pointer[index] = own[offset] }
          index += 1
        }
      }
    }
    return .constant(
      Tensor(
        name: first.name, dims: dims, type: first.type, count: count,
        storage: first.type.isFloat ? .numbers(values) : .integers(integers)))
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
