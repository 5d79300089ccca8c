import AblateRuntime

// How files choose between lengths of shapes: exporters write -1 for axes that Expand leaves, and replace it by
// Equal and Where.
extension Evaluation {
  /// Equal, of lengths: 1 where they are, else 0.
  func equal(_ node: Node) throws(AblateError) -> Value {
    let (lists, isScalar) = try lists(node, count: 2)
    var result: [Dimension] = []
    for (a, b) in zip(lists[0], lists[1]) {
      guard let isEqual = areEqual(a, b) else { throw node.unsupported("it compares lengths that are not known") }
      result.append(.known(isEqual ? 1 : 0))
    }
    return .dimensions(result, isScalar: isScalar)
  }

  /// Where, of lengths.
  func choice(_ node: Node) throws(AblateError) -> Value {
    let (lists, isScalar) = try lists(node, count: 3)
    var result: [Dimension] = []
    for (index, condition) in lists[0].enumerated() {
      guard let condition = condition.value else { throw node.unsupported("its condition is not known") }
      result.append(lists[condition != 0 ? 1 : 2][index])
    }
    return .dimensions(result, isScalar: isScalar)
  }

  /// nil where it is not known.
  private func areEqual(_ a: Dimension, _ b: Dimension) -> Bool? {
    if let a = a.value, let b = b.value { return a == b }
    if a == .batch && b == .batch { return true }
    // The number of rows is not below 0; what was computed from it may be.
    if let known = a.value ?? b.value, known < 0, a == .batch || b == .batch { return false }
    return nil
  }

  /// Some inputs of a node, of as many lengths each.
  private func lists(_ node: Node, count: Int) throws(AblateError) -> (lists: [[Dimension]], isScalar: Bool) {
    var lists: [[Dimension]] = []
    var areScalars = true
    for index in 0..<count {
      guard let (lengths, isScalar) = dimensions(try input(node, index)) else {
        throw node.unsupported("its inputs must be lengths of shapes, or whole numbers for them")
      }
      lists.append(lengths)
      areScalars = areScalars && isScalar
    }
    return (try repeatedToOneLength(lists, node), areScalars)
  }
}
