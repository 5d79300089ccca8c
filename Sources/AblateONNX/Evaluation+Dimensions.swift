import AblateRuntime

extension Evaluation {
  /// The value as lengths: a computed shape, or a small constant of whole numbers. nil if it is neither.
  func dimensions(_ value: Value) -> (lengths: [Dimension], isScalar: Bool)? {
    switch value {
    case .dimensions(let lengths, let isScalar): return (lengths, isScalar)
    case .constant(let tensor):
      guard let integers = tensor.integers, tensor.dims.count <= 1, tensor.count <= Tensor.rankLimit else { return nil }
      return (integers.map { .known(Int($0)) }, tensor.dims.isEmpty)
    default: return nil
    }
  }

  func shape(_ node: Node) throws(AblateError) -> Value {
    let all: [Dimension]
    switch try input(node, 0) {
    case .rows(let rows): all = rows.shape.dimensions
    case .scores(let scores): all = scores.rows.shape.dimensions
    case .constant(let tensor): all = tensor.dims.map { .known($0) }
    default: throw node.unsupported("it asks for the shape of something that is no rows")
    }
    let start = clamped(try node.integer("start", default: 0), all.count)
    let end = clamped(try node.integer("end", default: all.count), all.count)
    return .dimensions(start < end ? Array(all[start..<end]) : [], isScalar: false)
  }

  private func clamped(_ index: Int, _ count: Int) -> Int {
    if index >= count { return count }
    if index >= 0 { return index }
    return index <= -count ? 0 : index + count
  }

  func gather(_ node: Node) throws(AblateError) -> Value {
    guard let (lengths, _) = dimensions(try input(node, 0)), let (indices, isScalar) = dimensions(try input(node, 1))
    else {
      throw node.unsupported("only elements of shapes can be gathered")
    }
    try requireOwnAxis(node, [try node.integer("axis", default: 0)])
    var result: [Dimension] = []
    for index in indices {
      guard let value = index.value, value >= -lengths.count, value < lengths.count else {
        throw node.malformed("it gathers an element that is not there")
      }
      result.append(lengths[value < 0 ? value + lengths.count : value])
    }
    return .dimensions(result, isScalar: isScalar)
  }

  /// A part of a shape, or columns of the scores at the end of a model.
  func slice(_ node: Node) throws(AblateError) -> Value {
    let value = try input(node, 0)
    switch value {
    case .scores(let scores): return .prediction(scores, labels: nil)
    case .rows(let rows) where rows.stage > 0 && rows.expression.isSigmoid:
      return .prediction(Scores(head: nil, rows: rows), labels: nil)
    case .prediction: return value
    default: break
    }
    guard let (lengths, _) = dimensions(value) else { throw node.unsupported("it takes a part of the rows") }
    if let axis = try bound(node, "axes", 3) { try requireOwnAxis(node, [axis]) }
    let start = try bound(node, "starts", 1) ?? 0
    let end = try bound(node, "ends", 2) ?? lengths.count
    guard try bound(node, "steps", 4) ?? 1 == 1 else { throw node.unsupported("its steps must be 1") }
    let (first, last) = (clamped(start, lengths.count), clamped(end, lengths.count))
    return .dimensions(first < last ? Array(lengths[first..<last]) : [], isScalar: false)
  }

  /// A bound of Slice: an attribute before opset 10, an input since.
  private func bound(_ node: Node, _ name: StaticString, _ index: Int) throws(AblateError) -> Int? {
    if node.opset < 10 {
      guard let bounds = try node.integers(name) else { return nil }
      guard bounds.count == 1 else { throw node.malformed("its \(name) are \(bounds.count) numbers for one axis") }
      return bounds[0]
    }
    guard let value = try optionalInput(node, index) else { return nil }
    guard let (lengths, _) = dimensions(value), lengths.count == 1, let number = lengths[0].value else {
      throw node.unsupported("its \(name) must be one constant number")
    }
    return number
  }

  /// All lengths multiplied.
  func reduceProduct(_ node: Node) throws(AblateError) -> Value {
    guard let (lengths, _) = dimensions(try input(node, 0)) else {
      throw node.unsupported("only lengths of shapes can be multiplied")
    }
    try requireOwnAxis(node, try node.opset < 18 ? node.integers("axes") ?? [] : constantAxes(node))
    let product = lengths.reduce(.known(1)) { multiply($0, $1) }
    return .dimensions([product], isScalar: try node.integer("keepdims", default: 1) == 0)
  }

  private func constantAxes(_ node: Node) throws(AblateError) -> [Int] {
    guard let value = try optionalInput(node, 1) else { return [] }
    guard let (axes, _) = dimensions(value) else { throw node.unsupported("its axes must be constant numbers") }
    return axes.map { $0.value ?? 0 }
  }

  /// - Throws: `malformed` if one of the axes that a node names is not that of a list of lengths, which has one.
  func requireOwnAxis(_ node: Node, _ axes: [Int]) throws(AblateError) {
    for axis in axes where axis != 0 && axis != -1 {
      throw node.malformed("it names axis \(axis) of a list of lengths, which has one axis")
    }
  }

  private func multiply(_ a: Dimension, _ b: Dimension) -> Dimension {
    if a == .known(1) { return b }
    if b == .known(1) { return a }
    guard let x = a.value, let y = b.value else { return .unknown }
    let (product, overflow) = x.multipliedReportingOverflow(by: y)
    return overflow ? .unknown : .known(product)
  }

  /// Arithmetic of lengths, such as width times height; nil if the values are no lengths.
  func dimensionArithmetic(
    _ node: Node, _ left: Value, _ operation: Affine.Operation, _ right: Value
  ) throws(AblateError) -> Value? {
    guard let (a, isFirstScalar) = dimensions(left), let (b, isSecondScalar) = dimensions(right) else { return nil }
    guard a.count == b.count || a.count == 1 || b.count == 1 else {
      throw node.malformed("it combines \(a.count) and \(b.count) numbers")
    }
    var result: [Dimension] = []
    for index in 0..<(a.count == 1 ? b.count : a.count) {
      result.append(combine(a[a.count == 1 ? 0 : index], operation, b[b.count == 1 ? 0 : index]))
    }
    return .dimensions(result, isScalar: isFirstScalar && isSecondScalar)
  }

  private func combine(_ a: Dimension, _ operation: Affine.Operation, _ b: Dimension) -> Dimension {
    if operation == .multiply { return multiply(a, b) }
    guard let x = a.value, let y = b.value else { return .unknown }
    let (result, failed) =
      switch operation {
      case .add: x.addingReportingOverflow(y)
      case .subtract: x.subtractingReportingOverflow(y)
      default: x.dividedReportingOverflow(by: y)
      }
    return failed ? .unknown : .known(result)
  }
}
