import AblateRuntime

/// A function of one value that is applied to each value of a row: P(x) + Q(x) f(R(x)), with polynomials P, Q, R.
///
/// Exporters write some activation functions as many small operators, each in an order of its own. This form is closed under those
/// operators, so whatever the order, the result is the same.
struct Expression: Equatable {
  enum Function: Equatable {
    /// There is no f.
    case none
    case erf
    case activation(Activation)
  }

  var p: Polynomial
  var q: Polynomial
  var f: Function
  var r: Polynomial

  static let x = Expression(p: .x, q: .zero, f: .none, r: .zero)

  init(p: Polynomial, q: Polynomial, f: Function, r: Polynomial) {
    (self.p, self.q, self.f, self.r) = (p, q, f, r)
    if q == .zero { (self.f, self.r) = (.none, .zero) }
  }

  /// a x + b, if it is that.
  var linear: (a: Double, b: Double)? { f == .none && p.degree <= 1 ? (p.c1, p.c0) : nil }

  func scaled(by factor: Double) -> Expression { Expression(p: p * factor, q: q * factor, f: f, r: r) }

  func shifted(by term: Double) -> Expression { Expression(p: p + Polynomial(term), q: q, f: f, r: r) }

  /// f of it; nil if it has an f already.
  func applying(_ function: Function) -> Expression? {
    f == .none ? Expression(p: .zero, q: .one, f: function, r: p) : nil
  }

  /// The sum; nil for two different functions.
  static func sum(_ a: Expression, _ b: Expression) -> Expression? {
    if a.f == .none { return Expression(p: a.p + b.p, q: b.q, f: b.f, r: b.r) }
    guard b.f == .none || (a.f == b.f && a.r == b.r) else { return nil }
    return Expression(p: a.p + b.p, q: a.q + b.q, f: a.f, r: a.r)
  }

  /// The product; nil for two functions or too high a degree.
  static func product(_ a: Expression, _ b: Expression) -> Expression? {
    if a.f != .none { return b.f == .none ? product(b, a) : nil }
    guard let p = Polynomial.product(a.p, b.p), let q = Polynomial.product(a.p, b.q) else { return nil }
    return Expression(p: p, q: q, f: b.f, r: b.r)
  }

  /// How it is computed: an activation function between two scalings.
  struct Steps {
    var before = (a: 1.0, b: 0.0)
    var activation = Activation.identity
    var after = (a: 1.0, b: 0.0)
  }

  /// nil if it is no known activation function.
  var steps: Steps? {
    if let linear { return Steps(before: linear) }
    if let gated { return gated }
    guard case .activation(let activation) = f, p.degree == 0, q.degree == 0, r.degree <= 1 else { return nil }
    return Steps(before: (r.c1, r.c0), activation: activation, after: (q.c0, p.c0))
  }

  /// The activation functions that are products with their argument, a linear function of x.
  private var gated: Steps? {
    switch f {
    case .none: return nil
    case .erf:
      let argument = q * 2
      return p.isClose(to: q) && r.isClose(to: argument * 0.5.squareRoot()) ? Steps(.gelu, of: argument) : nil
    case .activation(let inner):
      if inner.kind == .tanh {
        let half = Polynomial(0, 0.5)
        let slope = (2 / Double.pi).squareRoot()
        let cubic = Polynomial(0, slope, 0, 0.044715 * slope)
        return p.isClose(to: half) && q.isClose(to: half) && r.isClose(to: cubic) ? Steps(.geluTanh, of: .x) : nil
      }
      guard p == .zero else { return nil }
      if inner.kind == .sigmoid { return q == r ? Steps(.silu, of: q) : nil }
      if inner.kind == .clip, inner.alpha == 0, inner.beta == 6 {
        return r.isClose(to: q * 6 + Polynomial(3)) ? Steps(.hardSwish, of: q * 6) : nil
      }
      guard inner.kind == .hardSigmoid else { return nil }
      let sum = r * Double(inner.alpha) + Polynomial(Double(inner.beta))
      return sum.isClose(to: q * (1 / 6.0) + Polynomial(0.5)) ? Steps(.hardSwish, of: q) : nil
    }
  }
}

extension Expression.Steps {
  /// nil if the argument is not linear, or does not depend on x.
  fileprivate init?(_ kind: Activation.Kind, of argument: Polynomial) {
    guard argument.degree == 1 else { return nil }
    let isPlain = argument.isClose(to: .x)
    self.init(before: isPlain ? (1, 0) : (argument.c1, argument.c0), activation: Activation(kind))
  }
}
