import AblateModel
import AblateRuntime

extension Evaluation {
  func reshape(_ node: Node) throws(AblateError) -> Value {
    let value = try input(node, 0)
    guard let (lengths, _) = dimensions(try input(node, 1)) else {
      throw node.unsupported("its new shape must be constant or follow from the input's shape")
    }
    let keepsZero = try node.integer("allowzero", default: 0) == 0
    switch value {
    case .rows(let rows):
      return try reshaped(
        node, try rowMajor(rows, node), try target(node, lengths, rows.shape.dimensions, keepsZero))
    case .scores(let scores):
      let target = try target(node, lengths, scores.rows.shape.dimensions, keepsZero)
      guard case .rows(let shape) = scores.rows.shape.reshaped(to: target) else {
        throw node.unsupported("it takes rows of probabilities apart")
      }
      return .scores(Scores(head: scores.head, rows: scores.rows.with(shape: shape)))
    case .constant(let tensor):
      let target = try target(node, lengths, tensor.dims.map { .known($0) }, keepsZero)
      return .constant(tensor.with(dims: try constantShape(node, tensor, target)))
    case .dimensions(let values, _) where lengths.count <= 1: return .dimensions(values, isScalar: lengths.isEmpty)
    case .dimensions:
      guard let tensor = try tensor(value) else {
        throw node.unsupported("it gives lengths that depend on the number of rows more than one axis")
      }
      let target = try target(node, lengths, tensor.dims.map { .known($0) }, keepsZero)
      return .constant(tensor.with(dims: try constantShape(node, tensor, target)))
    case let other: return other
    }
  }

  /// The new axes; nil for -1.
  private func target(
    _ node: Node, _ lengths: [Dimension], _ current: [Dimension], _ keepsZero: Bool
  ) throws(AblateError) -> [Dimension?] {
    var target: [Dimension?] = []
    var inferred = 0
    for (axis, length) in lengths.enumerated() {
      switch length {
      case .known(-1):
        inferred += 1
        target.append(nil)
      case .known(0) where keepsZero:
        guard axis < current.count else { throw node.malformed("its new shape keeps axis \(axis), which is not there") }
        target.append(current[axis])
      case .known(let value) where value <= 0: throw node.malformed("its new shape has the length \(value)")
      default: target.append(length)
      }
    }
    guard inferred <= 1 else { throw node.malformed("its new shape has more than one -1") }
    return target
  }

  private func constantShape(_ node: Node, _ tensor: Tensor, _ target: [Dimension?]) throws(AblateError) -> [Int] {
    var known = 1
    for axis in target {
      guard let axis else { continue }
      guard let value = axis.value else { throw node.unsupported("it gives a constant the shape of the input") }
      let (product, overflow) = known.multipliedReportingOverflow(by: value)
      guard !overflow else { throw node.malformed("its new shape has more elements than can be counted") }
      known = product
    }
    let dims = target.map { $0?.value ?? (known > 0 ? tensor.count / known : 0) }
    guard Tensor.count(of: dims) == tensor.count else {
      throw node.malformed("its new shape does not have the \(tensor.count) elements of its input")
    }
    return dims
  }

  private func reshaped(_ node: Node, _ rows: Rows, _ target: [Dimension?]) throws(AblateError) -> Value {
    switch rows.shape.reshaped(to: target) {
    case .rows(let shape): return .rows(rows.with(shape: shape))
    case .contradiction: throw node.malformed("its new shape does not have the elements of its input")
    case .notRows:
      // scikit-learn's regressors end in a column, however many values a row has.
      let isColumn = target == [nil] || target == [nil, .known(1)]
      if isColumn && rows.stage > 0 { return .scores(Scores(head: .regression, rows: rows)) }
      throw node.unsupported("its new shape takes rows apart, or joins them")
    }
  }

  func flatten(_ node: Node) throws(AblateError) -> Value {
    let axis = try node.integer("axis", default: 1)
    switch try input(node, 0) {
    case .rows(let rows): return .rows(try rowMajor(rows, node).with(shape: try flattened(node, rows.shape, axis)))
    case .scores(let scores):
      let rows = scores.rows.with(shape: try flattened(node, scores.rows.shape, axis))
      return .scores(Scores(head: scores.head, rows: rows))
    case .prediction(let scores, let labels): return .prediction(scores, labels: labels)
    default: throw node.unsupported("its input must depend on the model's input")
    }
  }

  private func flattened(_ node: Node, _ shape: RowShape, _ axis: Int) throws(AblateError) -> RowShape {
    guard axis >= -shape.rank, axis <= shape.rank else { throw node.malformed("it has no axis \(axis)") }
    let axis = axis < 0 ? axis + shape.rank : axis
    if axis == shape.leading && axis > 0 {
      var result = shape.flattened()
      result.leading = 1
      return result
    }
    guard axis == shape.rank - 1, let narrowed = shape.narrowed() else {
      throw node.unsupported("it takes rows apart, or joins them")
    }
    var result = narrowed
    result.leading = 1
    return result
  }

  func squeeze(_ node: Node) throws(AblateError) -> Value {
    let axes = try axes(node)
    return try rearranged(node) { (lengths: [Dimension]) throws(AblateError) -> [Dimension]? in
      try requireAxes(node, axes ?? [], of: lengths.count)
      var kept: [Dimension] = []
      for (axis, length) in lengths.enumerated() {
        let isNamed = axes?.contains { $0 == axis || $0 == axis - lengths.count }
        if isNamed ?? (length == .known(1)) {
          guard length == .known(1) else { return nil }
        } else {
          kept.append(length)
        }
      }
      return kept
    }
  }

  func unsqueeze(_ node: Node) throws(AblateError) -> Value {
    guard let axes = try axes(node) else { throw node.malformed("it does not say which axes to add") }
    return try rearranged(node) { (lengths: [Dimension]) throws(AblateError) -> [Dimension]? in
      let rank = lengths.count + axes.count
      try requireAxes(node, axes, of: rank)
      var rest = lengths[...]
      var result: [Dimension] = []
      for axis in 0..<rank {
        if axes.contains(where: { $0 == axis || $0 == axis - rank }) {
          result.append(.known(1))
        } else {
          guard let next = rest.popFirst() else { return nil }
          result.append(next)
        }
      }
      return rest.isEmpty ? result : nil
    }
  }

  /// The axes of Squeeze and Unsqueeze.
  private func axes(_ node: Node) throws(AblateError) -> [Int]? {
    let axes = try numbers(node, "axes", 1, since: 13)
    guard axes?.count ?? 0 <= Tensor.rankLimit else { throw node.malformed("it has \(axes?.count ?? 0) axes") }
    return axes
  }

  /// Each axis must be there, and be named once.
  private func requireAxes(_ node: Node, _ axes: [Int], of rank: Int) throws(AblateError) {
    var isNamed = Array(repeating: false, count: rank)
    for axis in axes {
      guard axis >= -rank, axis < rank else { throw node.malformed("it has no axis \(axis)") }
      let place = axis < 0 ? axis + rank : axis
      guard !isNamed[place] else { throw node.malformed("it names axis \(axis) twice") }
      isNamed[place] = true
    }
  }

  /// Adds or takes away axes of length 1; `change` gives nil for what cannot be.
  private func rearranged(
    _ node: Node, _ change: ([Dimension]) throws(AblateError) -> [Dimension]?
  ) throws(AblateError) -> Value {
    let value = try input(node, 0)
    switch value {
    case .rows(let rows):
      return .rows(try rowMajor(rows, node).with(shape: try rearranged(node, rows.shape, change)))
    case .scores(let scores):
      let shape = try rearranged(node, scores.rows.shape, change)
      return .scores(Scores(head: scores.head, rows: scores.rows.with(shape: shape)))
    case .constant(let tensor):
      guard let axes = try change(tensor.dims.map { .known($0) }) else {
        throw node.malformed("its axes do not go together")
      }
      guard axes.count <= Tensor.rankLimit else { throw node.malformed("its result has \(axes.count) axes") }
      return .constant(tensor.with(dims: axes.map { $0.value ?? 1 }))
    case .dimensions(let values, let isScalar): return .dimensions(values, isScalar: !isScalar && values.count == 1)
    default: return value
    }
  }

  private func rearranged(
    _ node: Node, _ shape: RowShape, _ change: ([Dimension]) throws(AblateError) -> [Dimension]?
  ) throws(AblateError) -> RowShape {
    guard let axes = try change(shape.dimensions) else {
      throw node.unsupported("only axes of length 1 can be added or taken away")
    }
    if case .rows(let result) = shape.reshaped(to: axes.map { Optional($0) }) { return result }
    throw node.unsupported("its new shape takes rows apart, or joins them")
  }
}
