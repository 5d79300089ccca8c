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
    case .dimensions(let lengths, let isScalar): all = isScalar ? [] : [.known(lengths.count)]
    default: throw node.unsupported("it asks for the shape of something that is no rows")
    }
    let start = clamped(try node.integer("start", default: 0), all.count)
    let end = clamped(try node.integer("end", default: all.count), all.count)
    return .dimensions(start < end ? Array(all[start..<end]) : [], isScalar: false)
  }

  /// Whole numbers that are an attribute before an opset, and an input since; nil if there are none.
  func numbers(_ node: Node, _ name: StaticString, _ index: Int, since opset: Int) throws(AblateError) -> [Int]? {
    if node.opset < opset { return try node.integers(name) }
    guard try optionalInput(node, index) != nil else { return nil }
    guard let values = try constant(node, index).integers else {
      throw node.malformed("its \(name) are no whole numbers")
    }
    try source.spend(8 * values.count)
    return values.map { Int($0) }
  }

  func clamped(_ index: Int, _ count: Int) -> Int {
    if index >= count { return count }
    if index >= 0 { return index }
    return index <= -count ? 0 : index + count
  }

  /// All lengths multiplied.
  func reduceProduct(_ node: Node) throws(AblateError) -> Value {
    guard let (lengths, _) = dimensions(try input(node, 0)) else {
      throw node.unsupported("only lengths of shapes can be multiplied")
    }
    try requireOwnAxis(node, try numbers(node, "axes", 1, since: 18) ?? [])
    let product = lengths.reduce(.known(1)) { multiply($0, $1) }
    return .dimensions([product], isScalar: try node.integer("keepdims", default: 1) == 0)
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
    let lists = try repeatedToOneLength([a, b], node)
    var result: [Dimension] = []
    for (first, second) in zip(lists[0], lists[1]) { result.append(combine(first, operation, second)) }
    return .dimensions(result, isScalar: isFirstScalar && isSecondScalar)
  }

  /// Lists of one number become as long as the others.
  func repeatedToOneLength(_ lists: [[Dimension]], _ node: Node) throws(AblateError) -> [[Dimension]] {
    let count = lists.first { $0.count != 1 }?.count ?? 1
    var result: [[Dimension]] = []
    for list in lists {
      guard list.count == count || list.count == 1 else {
        throw node.malformed("it combines \(count) and \(list.count) numbers")
      }
      result.append(list.count == count ? list : Array(repeating: list[0], count: count))
    }
    return result
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
