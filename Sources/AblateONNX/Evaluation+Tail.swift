import AblateModel
import AblateRuntime

extension Evaluation {
  /// Softmax and LogSoftmax over the values of a row.
  func softmax(_ node: Node, _ head: Head) throws(AblateError) -> Value {
    let rows = try rowMajor(try rows(node, 0), node)
    let axis = try node.integer("axis", default: node.opset < 13 ? 1 : -1)
    return .scores(Scores(head: head, rows: rows.with(shape: try alongRow(node, rows.shape, axis))))
  }

  /// The shape with its last axis as the row, which `axis` must be.
  private func alongRow(_ node: Node, _ shape: RowShape, _ axis: Int) throws(AblateError) -> RowShape {
    let rank = shape.rank
    guard axis >= -rank, axis < rank else { throw node.malformed("it has no axis \(axis)") }
    let place = axis < 0 ? axis + rank : axis
    if place == shape.leading, shape.row.count > 1, shape.row[0] == shape.width { return shape.flattened() }
    guard place == rank - 1, let narrowed = shape.narrowed() else {
      throw node.unsupported("it works along axis \(axis) of \(rank): only the last one is supported")
    }
    return narrowed
  }

  /// An input that is scores, with or without a head.
  func anyScores(_ node: Node, _ index: Int = 0) throws(AblateError) -> Scores {
    switch try input(node, index) {
    case .scores(let scores): return scores
    case .rows(let rows) where rows.stage > 0: return Scores(head: nil, rows: rows)
    default: throw node.unsupported("its input is no scores of the model")
    }
  }

  func argMax(_ node: Node) throws(AblateError) -> Value {
    let scores = try anyScores(node)
    _ = try alongRow(node, scores.rows.shape, try node.integer("axis", default: 0))
    return .prediction(scores, labels: nil)
  }

  /// Roughly what the name of a class takes.
  private static let labelSize = 64

  /// Looks up the names of predicted classes.
  func arrayFeatureExtractor(_ node: Node) throws(AblateError) -> Value {
    if case .constant(let classes) = try input(node, 0), case .prediction(let scores, _) = try input(node, 1) {
      try source.spend(classes.count * Self.labelSize)
      return .prediction(scores, labels: classes.labels)
    }
    if case .scores(let scores) = try input(node, 0) { return .prediction(scores, labels: nil) }
    throw node.unsupported("it selects features")
  }

  /// Replaces predicted classes by names.
  func labelEncoder(_ node: Node) throws(AblateError) -> Value {
    guard case .prediction(let scores, let old) = try input(node, 0) else {
      throw node.unsupported("its input is no predicted class")
    }
    let keys = try keys(node)
    let values = try texts(node, "values_strings", "values_int64s")
    guard let keys, let values, keys.count == values.count else { return .prediction(scores, labels: old) }
    let count = old?.count ?? keys.count
    guard count <= Self.encoderLimit else { return .prediction(scores, labels: old) }
    try source.spend(count * Self.labelSize)
    var labels: [String] = []
    for index in 0..<count {
      let name = old?[index] ?? composed("\(index)")
      guard let place = keys.firstIndex(where: { $0.hasSameBytes(as: name) }) else {
        return .prediction(scores, labels: old)
      }
      labels.append(values[place])
    }
    return .prediction(scores, labels: labels)
  }

  private func keys(_ node: Node) throws(AblateError) -> [String]? {
    let keys = try texts(node, "keys_strings", "keys_int64s")
    guard let keys, keys.count <= Self.encoderLimit else { return nil }
    return keys
  }

  /// Labels are looked up one by one.
  private static let encoderLimit = 2000

  private func texts(_ node: Node, _ texts: StaticString, _ integers: StaticString) throws(AblateError) -> [String]? {
    if let texts = try node.texts(texts) { return texts }
    return try node.integers(integers)?.map { composed("\($0)") }
  }

  /// Turns probabilities into a map from class to probability.
  func zipMap(_ node: Node) throws(AblateError) -> Value {
    .prediction(try anyScores(node), labels: try texts(node, "classlabels_strings", "classlabels_int64s"))
  }

  /// Joins shapes; or, at the end of a model, 1 - p and p.
  func concat(_ node: Node) throws(AblateError) -> Value {
    guard let first = try optionalInput(node, 0) else { throw node.malformed("it has no input") }
    if case .prediction(let scores, _) = first { return .prediction(scores, labels: nil) }
    let axis = try node.integer("axis", default: -1)
    if let lengths = try joinedLengths(node, axis) { return lengths }
    if let scores = try complement(node, axis) { return scores }
    var parts: [Value] = []
    for index in node.inputs.indices { parts.append(try input(node, index)) }
    return try concatenation(node, parts, axis: axis)
  }

  /// Lengths behind each other; nil if the inputs are not that.
  private func joinedLengths(_ node: Node, _ axis: Int) throws(AblateError) -> Value? {
    var all: [Dimension] = []
    for index in node.inputs.indices {
      guard let (lengths, isScalar) = dimensions(try input(node, index)), !isScalar else { return nil }
      all += lengths
      guard all.count <= Tensor.rankLimit else { return nil }
    }
    try requireOwnAxis(node, [axis])
    return .dimensions(all, isScalar: false)
  }

  /// 1 - p and p; nil if the inputs are not that.
  private func complement(_ node: Node, _ axis: Int) throws(AblateError) -> Value? {
    guard case .rows(let negative) = try input(node, 0) else { return nil }
    let isComplement = Expression(
      p: .one, q: Polynomial(-1), f: .activation(Activation(.sigmoid)), r: negative.expression.r)
    guard node.inputs.count == 2, negative.expression == isComplement, case .rows(let positive) = try input(node, 1),
      positive.stage == negative.stage, positive.affine === negative.affine, positive.expression.isSigmoid,
      positive.expression.r == negative.expression.r
    else { return nil }
    let shape = try alongRow(node, positive.shape, axis)
    return .scores(Scores(head: shape.width == 1 ? .binary : .multilabel, rows: positive.with(shape: shape)))
  }
}

extension Expression {
  /// Whether it is the sigmoid of a polynomial.
  var isSigmoid: Bool { f == .activation(Activation(.sigmoid)) && p == .zero && q == .one }
}
