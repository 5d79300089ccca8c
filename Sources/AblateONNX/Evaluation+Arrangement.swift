import AblateModel
import AblateRuntime

extension Evaluation {
  /// Rows whose axes are in another order.
  func transposed(_ node: Node, _ rows: Rows, _ order: [Int]) throws(AblateError) -> Rows {
    let leading = rows.shape.leading
    guard order.prefix(leading).elementsEqual(0..<leading) else {
      throw node.unsupported("it changes the order of the rows")
    }
    let axes = order.dropFirst(leading).map { $0 - leading }
    let lengths = try knownLengths(rows, node)
    var strides = Array(repeating: 1, count: lengths.count)
    for axis in lengths.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * lengths[axis + 1] }
    return try rearrange(node, rows, to: axes.map { lengths[$0] }) { index in
      var place = 0
      for (axis, value) in zip(axes, index) { place += value * strides[axis] }
      return place
    }
  }

  /// Rows of the lengths `target`, each value from the place that `place` gives for its index, row-major; -1 for `fill`.
  func rearrange(
    _ node: Node, _ rows: Rows, to target: [Int], fill: Float = 0, _ place: (_ index: [Int]) -> Int
  ) throws(AblateError) -> Rows {
    let flat = try settling(rowMajor(rows, node), node)
    let count = try requireSmall(Tensor.count(of: target) ?? 0, node)
    let table = try source.buffer(Int32.self, count: count)
    var index = Array(repeating: 0, count: target.count)
    for value in 0..<count {
      table.pointer[value] = Int32(truncatingIfNeeded: place(index))
      var axis = target.count - 1
      while axis >= 0 {
        index[axis] += 1
        if index[axis] < target[axis] { break }
        index[axis] = 0
        axis -= 1
      }
    }
    var shape = rows.shape
    shape.row = target.map { $0 }
    let arranged = Arranged(sources: table, fill: fill, shape: ValueShape(height: 1, width: 1, channels: count))
    return try arrange(flat, arranged, shape, image: nil, node)
  }

  /// The lengths of a row's axes.
  func knownLengths(_ rows: Rows, _ node: Node) throws(AblateError) -> [Int] {
    var lengths: [Int] = []
    for length in rows.shape.row {
      guard let length else { throw node.unsupported("it needs rows of which all lengths are known") }
      lengths.append(length)
    }
    return lengths
  }
}
