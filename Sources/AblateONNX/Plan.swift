import AblateModel
import AblateRuntime

/// The steps of a model as they are put together: scalings and activation functions join the step before them where they can.
struct Plan {
  enum Kind {
    /// A layer, then scale and offset of its units, then its activation function.
    case layer(Weighted, scale: Coefficients, offset: Coefficients, Activation)
    case affine(Affine)
    case activation(Activation, position: Int)
    /// Another stage, then, of a sum, an activation function.
    case operation(Stage, Activation)
  }

  struct Step {
    var kind: Kind
    /// The points it reads: 0 is the input, point p what step p - 1 gives.
    let sources: [Int]
  }

  private(set) var steps: [Step] = []
  /// Of each point, whether nothing may join the step in front of it.
  private var isClosed = [true]
  let source: Source

  init(source: Source) { self.source = source }

  var lastLayer: Weighted? {
    for step in steps.reversed() { if case .layer(let layer, _, _, _) = step.kind { return layer } }
    return nil
  }

  /// Keeps what reads a point next from joining the step in front of it.
  mutating func close(_ point: Int) { isClosed[point] = true }

  /// - Returns: the point behind the step.
  mutating func add(_ kind: Kind, from sources: [Int]) -> Int {
    steps.append(Step(kind: kind, sources: sources))
    isClosed.append(false)
    return steps.count
  }

  /// A scaling right behind a layer, or behind another scaling, becomes part of it if nothing else reads that.
  ///
  /// - Parameters:
  ///   - point: in and out, what it reads and what it gives.
  ///   - joins: in and out, whether nothing else reads the point.
  mutating func add(_ affine: Affine, at point: inout Int, _ joins: inout Bool) throws(AblateError) {
    if affine.isNone { return }
    switch joins && !isClosed[point] ? steps[point - 1].kind : nil {
    case .layer(let layer, let scale, let offset, .identity) where affine.goes(with: layer.units):
      let centered = try Coefficients.combine(offset, affine.center, source, -)
      let scaled = try Coefficients.combine(centered, affine.scale, source, *)
      steps[point - 1].kind = .layer(
        layer, scale: try Coefficients.combine(scale, affine.scale, source, *),
        offset: try Coefficients.combine(scaled, affine.shift, source, +), .identity)
    case .affine(let earlier) where affine.goes(with: earlier.width):
      let node = affine.position ?? 0
      let joined = try earlier.then(.subtract, affine.center, at: node, source)
        .then(.multiply, affine.scale, at: node, source).then(.add, affine.shift, at: node, source)
      steps[point - 1].kind = .affine(joined)
    default:
      point = add(.affine(affine), from: [point])
      joins = true
    }
  }

  private mutating func add(_ activation: Activation, position: Int, at point: inout Int, _ joins: inout Bool) {
    if activation == .identity { return }
    switch joins && !isClosed[point] ? steps[point - 1].kind : nil {
    case .layer(let layer, let scale, let offset, .identity):
      steps[point - 1].kind = .layer(layer, scale: scale, offset: offset, activation)
    case .operation(let stage, .identity) where stage.isSum: steps[point - 1].kind = .operation(stage, activation)
    default: point = add(.activation(activation, position: position), from: [point])
    }
    joins = true
  }

  /// What the expression of rows makes of a point: scaling, activation function, scaling.
  ///
  /// - Parameter joins: whether nothing else reads the point.
  /// - Returns: the point behind.
  mutating func add(expressionOf rows: Rows, at point: Int, joins: Bool) throws(AblateError) -> Int {
    var point = point
    var joins = joins
    guard let parts = rows.expression.steps else { return point }
    try add(try Affine.none.then(linear: parts.before, at: rows.position, source), at: &point, &joins)
    add(parts.activation, position: rows.position, at: &point, &joins)
    try add(try Affine.none.then(linear: parts.after, at: rows.position, source), at: &point, &joins)
    return point
  }
}

extension Stage {
  var isSum: Bool { if case .sum = kind { true } else { false } }
}
