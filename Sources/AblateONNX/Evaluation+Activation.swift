import AblateRuntime
import CONNX

extension Evaluation {
  func activation(_ node: Node, _ operation: Operator) throws(AblateError) -> Value {
    var rows = try rows(node, 0)
    guard let function = try function(node, operation) else { return .rows(rows) }
    guard rows.type.isFloat else { throw node.unsupported("it computes with whole numbers (\(rows.type.name))") }
    if rows.expression.f != .none { rows = try restarted(rows, node) }
    guard let expression = rows.expression.applying(function) else {
      throw node.unsupported("it cannot be applied to its input")
    }
    return .rows(rows.with(expression: expression, at: node.position))
  }

  /// nil for one that changes nothing.
  private func function(
    _ node: Node, _ operation: Operator
  ) throws(AblateError) -> Expression.Function? {
    switch operation {
    case .relu: return .activation(.relu)
    case .leakyRelu: return try withAlpha(node, .leakyReLU)
    case .elu: return try withAlpha(node, .elu)
    case .selu:
      let standard = Activation(.selu)
      let alpha = try node.float("alpha", default: standard.alpha)
      let gamma = try node.float("gamma", default: standard.beta)
      return .activation(Activation(.selu, alpha: alpha, beta: gamma))
    case .tanh: return .activation(Activation(.tanh))
    case .sigmoid: return .activation(Activation(.sigmoid))
    case .softplus: return .activation(Activation(.softplus))
    case .hardSwish: return .activation(Activation(.hardSwish))
    case .erf: return .erf
    case .hardSigmoid:
      let standard = Activation(.hardSigmoid)
      let alpha = try node.float("alpha", default: standard.alpha)
      let beta = try node.float("beta", default: standard.beta)
      return .activation(Activation(.hardSigmoid, alpha: alpha, beta: beta))
    case .gelu:
      guard let approximate = try node.attribute("approximate", .text), !approximate.s.equals("none") else {
        return .activation(Activation(.gelu))
      }
      guard approximate.s.equals("tanh") else {
        throw node.unsupported("its approximation \(approximate.s.quoted) is not known")
      }
      return .activation(Activation(.geluTanh))
    default: return try clip(node)
    }
  }

  private func withAlpha(_ node: Node, _ kind: Activation.Kind) throws(AblateError) -> Expression.Function {
    .activation(Activation(kind, alpha: try node.float("alpha", default: Activation(kind).alpha)))
  }

  /// Clip, which from 0 on is ReLU.
  private func clip(_ node: Node) throws(AblateError) -> Expression.Function? {
    let low = try bound(node, 1, "min")
    let high = try bound(node, 2, "max")
    if low == nil && high == nil { return nil }
    if low == 0 && high == nil { return .activation(.relu) }
    let activation = Activation(.clip, alpha: Float(low ?? -.infinity), beta: Float(high ?? .infinity))
    return .activation(activation)
  }

  /// A bound of Clip: an attribute before opset 11, an input since.
  private func bound(_ node: Node, _ index: Int, _ name: StaticString) throws(AblateError) -> Double? {
    if node.opset < 11 {
      guard let attribute = try node.attribute(name, .float), abs(attribute.f) < 3.4e38 else { return nil }
      return Double(attribute.f)
    }
    guard try optionalInput(node, index) != nil else { return nil }
    let tensor = try constant(node, index)
    guard tensor.count == 1 else { throw node.malformed("its \(name) has \(tensor.count) elements: expected 1") }
    return tensor.number(0)
  }
}
