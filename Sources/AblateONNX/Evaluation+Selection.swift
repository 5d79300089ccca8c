import AblateRuntime
import CONNX

extension Evaluation {
  /// Gather: the values at some indices along an axis; or some lengths of a shape.
  func gather(_ node: Node) throws(AblateError) -> Value {
    let value = try input(node, 0)
    let axis = try node.integer("axis", default: 0)
    if case .dimensions(let lengths, _) = value, let (indices, isScalar) = dimensions(try input(node, 1)) {
      try requireOwnAxis(node, [axis])
      var result: [Dimension] = []
      for index in indices { result.append(lengths[try place(index.value, lengths.count, node)]) }
      return .dimensions(result, isScalar: isScalar)
    }
    let x = try movable(value, node)
    let tensor = try constant(node, 1)
    guard let indices = tensor.integers else { throw node.malformed("its indices are no whole numbers") }
    let own = try place(ofAxis: axis, x, node)
    let length = x.lengths[own]
    guard indices.allSatisfy({ $0 >= -length && $0 < length }) else {
      throw node.malformed("it gathers an element that is not there")
    }
    var maps = x.unmoved
    maps[own] = try places(indices.count) { indices[$0] < 0 ? Int(indices[$0]) + length : Int(indices[$0]) }
    let lengths = Array(x.lengths[..<own]) + tensor.dims + Array(x.lengths[(own + 1)...])
    guard lengths.count <= Tensor.rankLimit else { throw node.malformed("its result has \(lengths.count) axes") }
    return try moved(x, maps, to: lengths, node)
  }

  private func place(_ index: Int?, _ count: Int, _ node: Node) throws(AblateError) -> Int {
    guard let index, index >= -count, index < count else {
      throw node.malformed("it gathers an element that is not there")
    }
    return index < 0 ? index + count : index
  }

  /// Slice: a part of rows, constants or shapes; or columns of the scores at the end of a model.
  func slice(_ node: Node) throws(AblateError) -> Value {
    let value = try input(node, 0)
    switch value {
    case .scores(let scores): return .prediction(scores, labels: nil)
    case .rows(let rows) where rows.stage > 0 && rows.expression.isSigmoid && rows.shape.row.count < 2:
      return .prediction(Scores(head: nil, rows: rows), labels: nil)
    case .prediction: return value
    default: break
    }
    guard let starts = try numbers(node, "starts", 1, since: 10), let ends = try numbers(node, "ends", 2, since: 10)
    else { throw node.malformed("it does not say where it starts and ends") }
    let axes = try numbers(node, "axes", 3, since: 10) ?? Array(starts.indices)
    var steps: [Int]?
    if node.opset >= 10 { steps = try numbers(node, "steps", 4, since: 10) }
    for list in [ends, axes, steps ?? starts] where list.count != starts.count {
      throw node.malformed("its starts, ends, axes and steps differ in number")
    }
    if case .dimensions(let lengths, _) = value {
      try requireOwnAxis(node, axes)
      guard starts.count == 1 else { throw node.malformed("it takes a part of a shape along \(starts.count) axes") }
      let part = try part(lengths.count, starts[0], ends[0], steps?[0] ?? 1, node)
      return .dimensions(part.map { lengths[$0] }, isScalar: false)
    }
    let x = try movable(value, node)
    var maps = x.unmoved
    for (index, axis) in axes.enumerated() {
      let step = steps?[index] ?? 1
      // What takes all rows, in whatever words.
      if try counted(axis, of: x.rank, node) < x.leading, starts[index] == 0, ends[index] >= 1 << 30, step == 1 {
        continue
      }
      let own = try place(ofAxis: axis, x, node)
      maps[own] = try part(x.lengths[own], starts[index], ends[index], step, node)
    }
    return try moved(x, maps, node)
  }

  private func part(
    _ count: Int, _ start: Int, _ end: Int, _ step: Int, _ node: Node
  ) throws(AblateError) -> [Int] {
    guard step != 0 else { throw node.malformed("its step is 0") }
    // Backwards, the end may be in front of the first.
    let range = step > 0 ? 0...count : -1...max(-1, count - 1)
    func limited(_ index: Int) -> Int {
      let index = index < 0 ? index + count : index
      return min(max(index, range.lowerBound), range.upperBound)
    }
    let (first, last) = (limited(start), limited(end))
    let distance = step > 0 ? last - first : first - last
    let stride = step.magnitude > UInt(count) ? max(1, count) : Int(step.magnitude)
    return try places(distance > 0 ? (distance - 1) / stride + 1 : 0) {
      step > 0 ? first + $0 * stride : first - $0 * stride
    }
  }

  /// Split
  func split(_ node: Node) throws(AblateError) -> [Value] {
    let x = try movable(try input(node, 0), node)
    let own = try place(ofAxis: try node.integer("axis", default: 0), x, node)
    let length = x.lengths[own]
    var lengths = try numbers(node, "split", 1, since: 13)
    if lengths == nil {
      let parts = node.outputs.count
      guard try node.integer("num_outputs", default: parts) == parts else {
        throw node.malformed("its num_outputs is not the number of its outputs")
      }
      let each = parts == 0 ? 0 : (length + parts - 1) / parts
      lengths = try places(parts) { max(0, min(each, length - $0 * each)) }
    }
    var results: [Value] = []
    var first = 0
    for count in lengths ?? [] {
      guard count >= 0, count <= length - first else { throw node.malformed("its parts are not those of \(length)") }
      var maps = x.unmoved
      maps[own] = try places(count) { first + $0 }
      do throws(AblateError) {
        results.append(try moved(x, maps, node))
      } catch {
        guard error.kind == .unsupported else { throw error }
        results.append(.refused(error))
      }
      first += count
    }
    guard first == length, results.count == node.outputs.count else {
      throw node.malformed("its parts are not those of \(length)")
    }
    return results
  }

  /// Pad
  func pad(_ node: Node) throws(AblateError) -> Value {
    let x = try movable(try input(node, 0), node)
    guard let pads = try numbers(node, "pads", 1, since: 11) else { throw node.malformed("it has no pads") }
    var fill = 0.0
    if node.opset < 11 {
      fill = Double(try node.float("value", default: 0))
    } else if try optionalInput(node, 2) != nil {
      let tensor = try constant(node, 2)
      guard tensor.count == 1 else { throw node.malformed("its constant has \(tensor.count) elements") }
      fill = tensor.number(0)
    }
    var axes = Array(0..<x.rank)
    if node.opset >= 18, let named = try numbers(node, "axes", 3, since: 18) { axes = named }
    guard pads.count == 2 * axes.count, pads.allSatisfy({ abs($0.clamped) <= Self.furthest }) else {
      throw node.malformed("its pads are not two numbers for each of \(axes.count) axes")
    }
    let mode = try padding(node)
    var maps = x.unmoved
    for (index, axis) in axes.enumerated() {
      let (before, after) = (pads[index], pads[axes.count + index])
      if before == 0 && after == 0 { continue }
      let own = try place(ofAxis: axis, x, node)
      // What negative pads cut off is gone before anything is repeated.
      let first = max(0, -before)
      let length = x.lengths[own] - first - max(0, -after)
      guard length > 0 else { throw node.malformed("it pads nothing") }
      maps[own] = try places(length + max(0, before) + max(0, after)) {
        let place = mode.place($0 - max(0, before), length)
        return place < 0 ? -1 : first + place
      }
    }
    return try moved(x, maps, fill: fill, node)
  }

  /// Sums of a length and two such numbers are far from overflow.
  private static let furthest = 1 << 31

  private enum PadMode: CaseIterable {
    case constant, edge, reflect, wrap

    var name: StaticString {
      switch self {
      case .constant: "constant"
      case .edge: "edge"
      case .reflect: "reflect"
      case .wrap: "wrap"
      }
    }

    /// The place whose value is at `index`, which may be beyond an axis of `length`.
    func place(_ index: Int, _ length: Int) -> Int {
      if index >= 0 && index < length { return index }
      switch self {
      case .constant: return -1
      case .edge: return index < 0 ? 0 : length - 1
      case .wrap: return Self.modulo(index, length)
      case .reflect:
        let place = length == 1 ? 0 : Self.modulo(index, 2 * (length - 1))
        return place < length ? place : 2 * (length - 1) - place
      }
    }

    private static func modulo(_ index: Int, _ period: Int) -> Int {
      let rest = index % period
      return rest < 0 ? rest + period : rest
    }
  }

  private func padding(_ node: Node) throws(AblateError) -> PadMode {
    guard let mode = try node.attribute("mode", .text) else { return .constant }
    for known in PadMode.allCases where mode.s.equals(known.name) { return known }
    throw node.malformed("its mode \(mode.s.quoted) is not known")
  }
}

extension Int {
  /// Without the one number whose absolute value there is not.
  fileprivate var clamped: Int { Swift.max(self, -Int.max) }
}
