import AblateRuntime

/// The steps of a model as they are put together: scalings join what is before them where they can.
struct Plan {
  enum Step {
    /// Dense, then scale and offset of its units, then its activation function.
    case dense(Dense, scale: Coefficients, offset: Coefficients, Activation)
    case affine(Affine)
    case activation(Activation, position: Int)
  }

  private(set) var steps: [Step] = [] { didSet { isSeparate = false } }
  private var isSeparate = false
  let source: Source

  init(source: Source) { self.source = source }

  /// Makes what is added next a step of its own.
  mutating func separate() { isSeparate = true }

  mutating func add(_ dense: Dense) {
    steps.append(.dense(dense, scale: Coefficients(1), offset: Coefficients(0), .identity))
  }

  /// A scaling right behind a dense layer, or behind another scaling, becomes part of it.
  mutating func add(_ affine: Affine) throws(AblateError) {
    if affine.isNone { return }
    switch isSeparate ? nil : steps.last {
    case .dense(let dense, let scale, let offset, .identity):
      let centered = try Coefficients.combine(offset, affine.center, source, -)
      let scaled = try Coefficients.combine(centered, affine.scale, source, *)
      steps[steps.count - 1] = .dense(
        dense, scale: try Coefficients.combine(scale, affine.scale, source, *),
        offset: try Coefficients.combine(scaled, affine.shift, source, +), .identity)
    case .affine(let earlier):
      let node = affine.position ?? 0
      let joined = try earlier.then(.subtract, affine.center, at: node, source)
        .then(.multiply, affine.scale, at: node, source).then(.add, affine.shift, at: node, source)
      steps[steps.count - 1] = .affine(joined)
    default: steps.append(.affine(affine))
    }
  }

  mutating func add(_ activation: Activation, position: Int) {
    if activation == .identity { return }
    if !isSeparate, case .dense(let dense, let scale, let offset, .identity) = steps.last {
      steps[steps.count - 1] = .dense(dense, scale: scale, offset: offset, activation)
    } else {
      steps.append(.activation(activation, position: position))
    }
  }

  /// An expression: scaling, activation function, scaling.
  mutating func add(_ rows: Rows) throws(AblateError) {
    try add(rows.affine)
    guard let parts = rows.expression.steps else { return }
    try add(try Affine.none.then(linear: parts.before, at: rows.position, source))
    add(parts.activation, position: rows.position)
    try add(try Affine.none.then(linear: parts.after, at: rows.position, source))
  }
}
