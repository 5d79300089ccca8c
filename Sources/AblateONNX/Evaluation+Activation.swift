import AblateRuntime
import CONNX

extension Evaluation {
  func activation(_ node: Node, _ operation: Operator) throws(AblateError) -> Value {
    var rows = try rows(node, 0)
    guard let function = try function(node, operation) else { return .rows(rows) }
    guard rows.type.isFloat else { throw node.malformed("its input is of type \(rows.type.name)") }
    if rows.expression.f != .none { rows = try restarted(rows, node) }
    guard var expression = rows.expression.applying(function.f) else {
      throw node.unsupported("it cannot be applied to its input")
    }
    if function.scale != 1 {
      // scale * f(x / scale)
      expression = Expression(
        p: .zero, q: Polynomial(function.scale), f: expression.f, r: expression.r * (1 / function.scale))
    }
    return .rows(rows.with(expression: expression, at: node.position))
  }

  /// nil for one that changes nothing.
  private func function(
    _ node: Node, _ operation: Operator
  ) throws(AblateError) -> (f: Expression.Function, scale: Double)? {
    switch operation {
    case .relu: return (.activation(.relu), 1)
    case .leakyRelu: return (try withAlpha(node, .leakyReLU), 1)
    case .elu: return (try withAlpha(node, .elu), 1)
    case .selu:
      let standard = Activation(.selu)
      let alpha = try node.float("alpha", default: standard.alpha)
      let gamma = try node.float("gamma", default: standard.beta)
      return (.activation(Activation(.selu, alpha: alpha, beta: gamma)), 1)
    case .tanh: return (.activation(Activation(.tanh)), 1)
    case .sigmoid: return (.activation(Activation(.sigmoid)), 1)
    case .softplus: return (.activation(Activation(.softplus)), 1)
    case .hardSwish: return (.activation(Activation(.hardSwish)), 1)
    case .erf: return (.erf, 1)
    case .hardSigmoid:
      let standard = Activation(.hardSigmoid)
      let alpha = try node.float("alpha", default: standard.alpha)
      let beta = try node.float("beta", default: standard.beta)
      return (.activation(Activation(.hardSigmoid, alpha: alpha, beta: beta)), 1)
    case .gelu:
      guard let approximate = try node.attribute("approximate", .text), !approximate.s.equals("none") else {
        return (.activation(Activation(.gelu)), 1)
      }
      guard approximate.s.equals("tanh") else {
        throw node.unsupported("its approximation \(approximate.s.quoted) is not known")
      }
      return (.activation(Activation(.geluTanh)), 1)
    default: return try clip(node)
    }
  }

  private func withAlpha(_ node: Node, _ kind: Activation.Kind) throws(AblateError) -> Expression.Function {
    .activation(Activation(kind, alpha: try node.float("alpha", default: Activation(kind).alpha)))
  }

  /// Clip is ReLU from 0 on, and from 0 to h it is h times the hard sigmoid of x / h.
  private func clip(_ node: Node) throws(AblateError) -> (f: Expression.Function, scale: Double)? {
    let low = try bound(node, 1, "min")
    let high = try bound(node, 2, "max")
    if low == nil && high == nil { return nil }
    guard low == 0 else { throw node.unsupported("only clipping from 0 on is supported") }
    guard let high else { return (.activation(.relu), 1) }
    guard high > 0, high.isFinite else { throw node.unsupported("it clips to nothing") }
    return (.activation(Activation(.hardSigmoid, alpha: 1, beta: 0)), high)
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
