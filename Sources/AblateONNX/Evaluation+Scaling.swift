import AblateModel
import AblateRuntime

extension Evaluation {
  /// y = (x - mean) / sqrt(variance + epsilon) * scale + bias
  func batchNormalization(_ node: Node) throws(AblateError) -> Value {
    guard try node.integer("training_mode", default: 0) == 0 else { throw node.unsupported("it is in training mode") }
    guard try node.integer("spatial", default: 1) == 1 else {
      throw node.unsupported("it normalises each position by itself (spatial = 0)")
    }
    var rows = try rows(node, 0)
    let isImage = rows.shape.rank > 2
    if isImage { rows = try image(rows, node).rows }
    var parameters: [Tensor] = []
    for index in 1...4 {
      let tensor = try constant(node, index)
      guard tensor.dims.count == 1, tensor.count == parameters.first?.count ?? tensor.count, tensor.type.isFloat else {
        throw node.malformed("its parameters must be vectors of one length")
      }
      parameters.append(tensor)
    }
    let count = parameters[0].count
    let epsilon = Double(try node.float("epsilon", default: 1e-5))
    let scale = try source.buffer(Double.self, count: count)
    for index in 0..<count {
      scale.pointer[index] = parameters[0].number(index) / (parameters[3].number(index) + epsilon).squareRoot()
    }
    return .rows(
      try scaled(
        node, rows, count: count, isImage: isImage, center: coefficients(parameters[2]),
        scale: count == 1 ? Coefficients(scale.pointer[0]) : Coefficients(scale), shift: coefficients(parameters[1]),
        type: rows.type))
  }

  /// y = (x - offset) * scale
  func scaler(_ node: Node) throws(AblateError) -> Value {
    let rows = try rows(node, 0)
    let offset = try node.floats("offset") ?? [0]
    let scale = try node.floats("scale") ?? [1]
    let count = max(offset.count, scale.count)
    for values in [offset, scale] where values.count != count && values.count != 1 {
      throw node.malformed("it has \(offset.count) offsets and \(scale.count) scales")
    }
    return .rows(
      try scaled(
        node, rows, count: count == 1 ? nil : count, isImage: false, center: try coefficients(offset),
        scale: try coefficients(scale),
        shift: Coefficients(0), type: .float))
  }

  private func coefficients(_ values: [Float]) throws(AblateError) -> Coefficients {
    if values.count == 1 { return Coefficients(Double(values[0])) }
    let buffer = try source.buffer(Double.self, count: values.count)
    for (index, value) in values.enumerated() { buffer.pointer[index] = Double(value) }
    return Coefficients(buffer)
  }

  /// - Parameter count: the values of a row; nil if one set of coefficients serves all.
  private func scaled(
    _ node: Node, _ rows: Rows, count: Int?, isImage: Bool, center: Coefficients, scale: Coefficients,
    shift: Coefficients, type: ElementType
  ) throws(AblateError) -> Rows {
    var rows = rows
    if rows.expression.linear == nil || !rows.affine.goes(with: count) { rows = try restarted(rows, node) }
    guard let linear = rows.expression.linear else { throw node.unsupported("it cannot be applied to its input") }
    var shape = rows.shape
    if isImage {
      guard shape.row[0] == count else {
        throw node.malformed("it has parameters for \(count ?? 0) channels, its input has \(shape.row[0] ?? 0)")
      }
    } else if let count {
      shape = try fitting(shape, length: count, node, "parameters for \(count) values")
      shape.isFixed = true
    }
    let affine = try rows.affine.then(linear: linear, at: rows.position, source)
      .then(.subtract, center, at: node.position, source)
      .then(.multiply, scale, at: node.position, source)
      .then(.add, shift, at: node.position, source)
    return Rows(stage: rows.stage, affine: affine, expression: .x, shape: shape, type: type, position: node.position)
  }
}
