import AblateRuntime
import CONNX

extension Evaluation {
  /// A value that does not depend on the model's input, as a tensor: a constant, or lengths that are all known.
  func tensor(_ value: Value) throws(AblateError) -> Tensor? {
    switch value {
    case .constant(let tensor): return tensor
    case .dimensions(let lengths, let isScalar):
      var values: [Int] = []
      for length in lengths {
        guard let value = length.value else { return nil }
        values.append(value)
      }
      return try integers(values, dims: isScalar ? [] : [values.count])
    default: return nil
    }
  }

  /// Arithmetic of constants.
  func fold(_ node: Node, _ a: Tensor, _ operation: Affine.Operation, _ b: Tensor) throws(AblateError) -> Tensor {
    guard a.type == b.type else {
      throw node.malformed("its constants are of types \(a.type.name) and \(b.type.name)")
    }
    try requireElements(a, node)
    try requireElements(b, node)
    let dims = try common(a.dims, b.dims, node)
    guard let count = Tensor.count(of: dims) else { throw node.malformed("it has more elements than can be counted") }
    let (a, b) = (try spread(a, dims, node), try spread(b, dims, node))
    let larger = a.count >= b.count ? a : b
    func result(_ storage: Tensor.Storage) -> Tensor {
      Tensor(name: larger.name, dims: dims, type: a.type, count: count, storage: storage)
    }
    if a.type.isFloat {
      func element(_ index: Int) -> Double {
        let x = a.number(a.count == 1 ? 0 : index)
        let y = b.number(b.count == 1 ? 0 : index)
        return switch operation {
        case .add: x + y
        case .subtract: x - y
        case .multiply: x * y
        case .divide: x / y
        case .subtractFrom: y - x
        }
      }
      if case .numbers = a.storage {} else if case .numbers = b.storage {} else { return result(.repeated(element(0))) }
      let values = try source.buffer(Double.self, count: count)
      for index in 0..<count { values.pointer[index] = element(index) }
      return result(.numbers(values))
    }
    guard let x = a.integers, let y = b.integers else { throw node.malformed("its constants are no numbers") }
    let values = try source.buffer(Int64.self, count: count)
    for index in 0..<count {
      let left = x[a.count == 1 ? 0 : index]
      let right = y[b.count == 1 ? 0 : index]
      let (value, failed) =
        switch operation {
        case .add: left.addingReportingOverflow(right)
        case .subtract: left.subtractingReportingOverflow(right)
        case .multiply: left.multipliedReportingOverflow(by: right)
        case .divide: left.dividedReportingOverflow(by: right)
        case .subtractFrom: right.subtractingReportingOverflow(left)
        }
      guard !failed else { throw node.malformed("a number of its result is out of range") }
      values.pointer[index] = value
    }
    return result(.integers(values))
  }

  /// The shape that two shapes are repeated to.
  func common(_ a: [Int], _ b: [Int], _ node: Node) throws(AblateError) -> [Int] {
    let rank = max(a.count, b.count)
    let (first, second) = (a.behindOnes(to: rank), b.behindOnes(to: rank))
    var result: [Int] = []
    for axis in 0..<rank {
      guard first[axis] == second[axis] || first[axis] == 1 || second[axis] == 1 else {
        throw node.malformed("its inputs have lengths of \(first[axis]) and \(second[axis]) along one axis")
      }
      result.append(first[axis] == 1 ? second[axis] : first[axis])
    }
    return result
  }

  /// A constant repeated along the axes where it has a length of 1; one of one element stays as it is.
  func spread(_ tensor: Tensor, _ dims: [Int], _ node: Node) throws(AblateError) -> Tensor {
    if tensor.count == 1 || tensor.count == Tensor.count(of: dims) { return tensor }
    let own = tensor.dims.behindOnes(to: dims.count)
    let value = try spread(
      Movable(value: .constant(tensor.with(dims: own)), lengths: own, leading: 0), to: dims, node)
    guard case .constant(let result) = value else { return tensor }
    return result
  }

  /// Repeats values along the axes of length 1 that are to be longer.
  func spread(_ x: Movable, to lengths: [Int], _ node: Node) throws(AblateError) -> Value {
    guard let count = Tensor.count(of: lengths), count < Int(Int32.max) else {
      throw node.malformed("its result has more elements than can be counted")
    }
    var maps = x.unmoved
    for (axis, length) in lengths.enumerated() where length != x.lengths[axis] {
      maps[axis] = try places(length) { _ in 0 }
    }
    return try moved(x, maps, node)
  }

  /// The square root of a constant, part of a normalisation that was written out; and what rounds one.
  func rounded(_ node: Node, _ function: (Double) -> Double) throws(AblateError) -> Value {
    guard let tensor = try tensor(try input(node, 0)), tensor.type.isFloat else {
      throw node.unsupported("its input must be a constant")
    }
    if case .repeated(let value) = tensor.storage { return .constant(tensor.with(.repeated(function(value)))) }
    let values = try source.buffer(Double.self, count: tensor.count)
    for index in 0..<tensor.count { values.pointer[index] = function(tensor.number(index)) }
    return .constant(tensor.with(.numbers(values)))
  }

  /// Another type for a constant's elements.
  func cast(_ node: Node, _ tensor: Tensor, to type: ElementType) throws(AblateError) -> Tensor {
    guard type != .string, tensor.type != .string else { throw node.unsupported("it casts text, or to text") }
    if type.isFloat == tensor.type.isFloat { return tensor.with(tensor.storage, type: type) }
    if type.isFloat {
      let values = try source.buffer(Double.self, count: tensor.count)
      for index in 0..<tensor.count { values.pointer[index] = tensor.number(index) }
      return tensor.with(.numbers(values), type: type)
    }
    let values = try source.buffer(Int64.self, count: tensor.count)
    for index in 0..<tensor.count {
      guard let value = Int64(exactly: tensor.number(index).rounded(.towardZero)) else {
        throw node.malformed("an element that it casts is out of range")
      }
      values.pointer[index] = type == .bool && value != 0 ? 1 : value
    }
    return tensor.with(.integers(values), type: type)
  }

  /// ConstantOfShape
  func constantOfShape(_ node: Node) throws(AblateError) -> Value {
    var dims: [Int] = []
    let shape = try constant(node, 0)
    guard let lengths = shape.integers, shape.dims.count == 1, shape.count <= Tensor.rankLimit else {
      throw node.malformed("its input is no shape")
    }
    for length in lengths { dims.append(Int(length)) }
    guard let count = Tensor.count(of: dims) else { throw node.malformed("it has more elements than can be counted") }
    var element: Tensor?
    if let value = try node.attribute("value", .tensor)?.t { element = try Tensor(value.pointee, of: source) }
    guard element?.count ?? 1 == 1 else { throw node.malformed("its value is not one number") }
    let type = element?.type ?? .float
    guard type != .string else { throw node.unsupported("its value is text") }
    guard let values = element?.integers else {
      try source.spendRepeated(count)
      return .constant(
        Tensor(name: name(of: node), dims: dims, type: type, count: count, storage: .repeated(element?.number(0) ?? 0)))
    }
    let storage = try source.buffer(Int64.self, count: count)
    for index in 0..<count { storage.pointer[index] = values[0] }
    return .constant(Tensor(name: Bytes(), dims: dims, type: type, count: count, storage: .integers(storage)))
  }

  /// That of its result: what takes the place of an initializer is named like one.
  private func name(of node: Node) -> Bytes { node.outputs.first.flatMap { $0 }.map { graph.name($0) } ?? Bytes() }

  /// Range
  func range(_ node: Node) throws(AblateError) -> Value {
    var bounds: [Tensor] = []
    for index in 0..<3 {
      let tensor = try constant(node, index)
      guard tensor.count == 1, tensor.type != .string, tensor.type == bounds.first?.type ?? tensor.type else {
        throw node.malformed("its inputs are not three numbers of one type")
      }
      bounds.append(tensor)
    }
    let (start, end, step) = (bounds[0].number(0), bounds[1].number(0), bounds[2].number(0))
    let steps = ((end - start) / step).rounded(.up)
    guard step != 0, steps.isFinite, let count = Int(exactly: max(0, steps)) else {
      throw node.malformed("it does not end")
    }
    let values = try source.buffer(Double.self, count: count)
    for index in 0..<count { values.pointer[index] = start + Double(index) * step }
    let result = Tensor(name: Bytes(), dims: [count], type: .double, count: count, storage: .numbers(values))
    return .constant(try cast(node, result, to: bounds[0].type))
  }
}

extension [Int] {
  /// Lengths of so many axes, as ONNX repeats values of fewer: those in front have a length of 1.
  func behindOnes(to rank: Int) -> [Int] { Array(repeating: 1, count: Swift.max(0, rank - count)) + self }
}
