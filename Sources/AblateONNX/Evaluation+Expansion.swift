import AblateRuntime

extension Evaluation {
  /// Expand: values repeated along axes of length 1.
  func expand(_ node: Node) throws(AblateError) -> Value {
    guard let (target, _) = dimensions(try input(node, 1)) else {
      throw node.unsupported("its shape must be constant or follow from the input's shape")
    }
    let value = try input(node, 0)
    var x = try movable(value, node)
    let added = target.count - x.rank
    if added > 0 {
      guard case .constant(let tensor) = x.value else { throw node.unsupported("it adds axes in front of rows") }
      let lengths = x.lengths.behindOnes(to: target.count)
      x = Movable(value: .constant(tensor.with(dims: lengths)), lengths: lengths, leading: 0)
    }
    // Of the last axes, as many as the shape has.
    var lengths: [Int] = []
    for (place, length) in target.enumerated() {
      let axis = x.rank - target.count + place
      if axis < x.leading, case .rows(let rows) = value {
        guard length == .known(1) || length != .unknown && length == rows.shape.dimensions[axis] else {
          throw node.unsupported("it repeats rows")
        }
        continue
      }
      guard let length = length.value else { throw node.unsupported("a length of its shape is not known") }
      guard length >= 0 else { throw node.malformed("its shape has the length \(length)") }
      guard length > 0 else { throw node.unsupported("its result is empty") }
      lengths.append(length)
    }
    return try spread(x, to: try common(x.lengths, lengths, node), node)
  }
}
