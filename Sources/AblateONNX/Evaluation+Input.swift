import AblateRuntime
import CONNX

extension Evaluation {
  /// The graph's input as rows.
  func inputRows() throws(AblateError) -> Value {
    let name = graph.name(graph.input.value).quoted
    guard let info = graph.proto.input[graph.input.index]?.pointee, let type = info.type else {
      throw AblateError(.malformed, "the graph's input \(name) has no type")
    }
    guard let tensor = type.pointee.tensor_type?.pointee else {
      throw AblateError(.unsupported, "the graph's input \(name) is not a tensor")
    }
    guard let element = ElementType(rawValue: tensor.elem_type), element != .string else {
      throw AblateError(
        ElementType.known.contains(tensor.elem_type) ? .unsupported : .malformed,
        "the graph's input \(name) has element type \(tensor.elem_type), which is not supported")
    }
    let shape = try inputShape(tensor.shape, name)
    return .rows(Rows(stage: 0, affine: .none, expression: .x, shape: shape, type: element, position: 0))
  }

  private func inputShape(_ proto: UnsafeMutablePointer<Connx__Shape>?, _ name: String) throws(AblateError) -> RowShape
  {
    let rank = proto?.pointee.n_dim ?? 0
    guard rank <= Tensor.rankLimit else {
      throw AblateError(.malformed, "the graph's input \(name) has \(rank) axes")
    }
    var lengths: [Int?] = []
    for axis in 0..<rank {
      guard let length = proto?.pointee.dim[axis]?.pointee else { continue }
      // Exporters write 0 or -1 where they do not know a length.
      lengths.append(length.has_dim_value.isSet && length.dim_value > 0 ? Int(length.dim_value) : nil)
    }
    guard Tensor.count(of: lengths.map { $0 ?? 1 }) != nil else {
      throw AblateError(.malformed, "the graph's input \(name) has more elements than can be counted")
    }
    switch lengths.count {
    case 0: return RowShape(leading: 1, batch: nil, row: [nil], input: [nil], isFixed: false)
    case 1: return RowShape(leading: 0, batch: 1, row: lengths, input: lengths, isFixed: false)
    default:
      let row = Array(lengths.dropFirst())
      return RowShape(leading: 1, batch: lengths[0], row: row, input: row, isFixed: false)
    }
  }

  /// The value of a Constant node.
  func constantValue(_ node: Node) throws(AblateError) -> Value {
    if let attribute = try node.attribute("value", .tensor) {
      guard let tensor = attribute.t else { throw node.malformed("it has no value") }
      return .constant(try Tensor(tensor.pointee, of: source))
    }
    if let attribute = try node.attribute("value_float", .float) {
      return .constant(try numbers([Double(attribute.f)], dims: []))
    }
    if let values = try node.floats("value_floats") {
      return .constant(try numbers(values.map { Double($0) }, dims: [values.count]))
    }
    if let attribute = try node.attribute("value_int", .integer) {
      return .constant(try integers([Int(attribute.i)], dims: []))
    }
    if let values = try node.integers("value_ints") { return .constant(try integers(values, dims: [values.count])) }
    throw node.unsupported("it has no value of a kind that is supported")
  }

  private func numbers(_ values: [Double], dims: [Int]) throws(AblateError) -> Tensor {
    let buffer = try source.buffer(Double.self, count: values.count)
    for (index, value) in values.enumerated() { buffer.pointer[index] = value }
    return Tensor(name: Bytes(), dims: dims, type: .float, count: values.count, storage: .numbers(buffer))
  }

  func integers(_ values: [Int], dims: [Int]) throws(AblateError) -> Tensor {
    let buffer = try source.buffer(Int64.self, count: values.count)
    for (index, value) in values.enumerated() { buffer.pointer[index] = Int64(value) }
    return Tensor(name: Bytes(), dims: dims, type: .int64, count: values.count, storage: .integers(buffer))
  }
}
