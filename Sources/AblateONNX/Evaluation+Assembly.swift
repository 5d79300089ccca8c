import AblateModel
import AblateRuntime
import CONNX

extension Evaluation {
  /// Builds the model that ends in the target's scores.
  func assemble(_ target: Target) throws(AblateError) -> Model {
    let (rows, head) = try scoresAndHead(target)
    var chain: [Rows] = [rows]
    while let before = stages[chain[chain.count - 1].stage].rows { chain.append(before) }
    guard chain.count <= Self.stepLimit else {
      throw AblateError(.unsupported, "the model has \(chain.count) steps: \(Self.stepLimit) are supported")
    }
    var plan = Plan(source: source)
    for rows in chain.reversed() {
      switch stages[rows.stage].kind {
      case .dense(let dense): plan.add(dense)
      case .computed: if isOwn { plan.separate() }
      case .input: break
      }
      try plan.add(rows)
    }
    guard case .dense? = plan.steps.last else {
      throw graph.nodes[rows.position].unsupported(
        "the model must end in a dense layer, with or without an activation function, before its softmax or sigmoid")
    }
    do throws(AblateError) {
      return try build(plan, rows.shape.input, head, target.labels)
    } catch {
      // What a builder calls a wrong argument, the file has wrong.
      throw error.kind == .invalidArgument ? AblateError(.malformed, ErrorText(error.message)) : error
    }
  }

  /// Names of steps are compared with each other, so their number must stay small.
  private static let stepLimit = 10_000

  /// The pre-activations that are the scores, and what they mean.
  private func scoresAndHead(_ target: Target) throws(AblateError) -> (Rows, Head?) {
    let rows = target.scores.rows
    let settled = try settling(rows, graph.nodes[rows.position])
    guard rows.expression.isSigmoid, target.scores.head != .regression else {
      var head = target.scores.head
      if head == .softmax || head == .logSoftmax, rows.shape.width == 1 {
        throw graph.nodes[rows.position].unsupported("the softmax of one value is always 1")
      }
      if head == nil { head = isRegressor(target) ? .regression : ownBareHead }
      return (settled, head)
    }
    if let head = target.scores.head ?? ownBareHead, head != .binary && head != .multilabel { return (settled, head) }
    let scores = Expression(p: rows.expression.r, q: .zero, f: .none, r: .zero)
    let isOneLabel = target.scores.head == nil && source.ownHead == .multilabel
    return (
      rows.with(expression: scores, at: rows.position), rows.shape.width == 1 && !isOneLabel ? .binary : .multilabel
    )
  }

  /// What a file of ours says of scores behind which it has no softmax or sigmoid.
  private var ownBareHead: Head? {
    let head = source.ownHead
    return head == .logits || head == .regression ? head : nil
  }

  /// scikit-learn's regressors of several values look like classifiers without softmax, but for the name of the output.
  private func isRegressor(_ target: Target) -> Bool {
    source.model.pointee.producer_name.equals("skl2onnx") && graph.name(target.output).equals("variable")
  }

  private func build(
    _ plan: Plan, _ inputShape: [Int?], _ head: Head?, _ labels: [String]?
  ) throws(AblateError) -> Model {
    var builder = try ModelBuilder(inputShape: known(inputShape, plan))
    var names = StepNames()
    for step in plan.steps {
      switch step {
      case .dense(let dense, let scale, let offset, let activation):
        let name = names.unique(dense.name)
        let (weights, bias) = try parameters(dense, scale, offset)
        try builder.addDense(
          name: name, units: dense.units, layout: dense.layout,
          weights: UnsafeBufferPointer(start: weights.pointer, count: weights.count),
          bias: UnsafeBufferPointer(start: bias.pointer, count: bias.count), activation: activation)
      case .affine(let affine):
        let name = names.unique(affine.position.map { graph.nodes[$0].name.text } ?? "")
        try add(affine, name, &builder)
      case .activation(let activation, let position):
        try builder.addActivation(name: names.unique(graph.nodes[position].name.text), activation)
      }
    }
    if let head { builder.setHead(head) }
    let classes = if let labels { labels } else { try source.ownLabels() }
    if let classes { try set(classes, head, &builder) }
    return try builder.build()
  }

  /// The input's shape; where the file leaves it open, one axis of what the first dense layer takes.
  private func known(_ shape: [Int?], _ plan: Plan) -> [Int] {
    var lengths: [Int] = []
    for length in shape { if let length { lengths.append(length) } }
    if lengths.count == shape.count { return lengths }
    for case .dense(let dense, _, _, _) in plan.steps { return [dense.inputs] }
    return lengths
  }

  private func set(_ labels: [String], _ head: Head?, _ builder: inout ModelBuilder) throws(AblateError) {
    let scores = builder.width
    switch head ?? (scores == 1 ? .regression : .logits) {
    case .regression: return
    case .multilabel where labels.count != scores:
      // skl2onnx maps 1 - p and p of all labels together.
      return
    case .binary where labels.count != 2, .logits where labels.count != scores, .softmax where labels.count != scores,
      .logSoftmax where labels.count != scores:
      throw AblateError(.malformed, "the file names \(labels.count) classes, its scores are \(scores)")
    default: builder.setClassLabels(labels)
    }
  }

  /// A dense layer's parameters as floats, with what was folded into them computed in double precision.
  private func parameters(
    _ dense: Dense, _ scale: Coefficients, _ offset: Coefficients
  ) throws(AblateError) -> (weights: Buffer<Float>, bias: Buffer<Float>) {
    let weights = try source.buffer(Float.self, count: dense.weights.count)
    for unit in 0..<dense.units {
      let factor = dense.alpha * scale[unit]
      for input in 0..<dense.inputs {
        let index = dense.layout == .outIn ? unit * dense.inputs + input : input * dense.units + unit
        weights.pointer[index] = Float(dense.weights.number(index) * factor)
      }
    }
    let bias = try source.buffer(Float.self, count: dense.units)
    for unit in 0..<dense.units { bias.pointer[unit] = Float(dense.bias[unit] * scale[unit] + offset[unit]) }
    return (weights, bias)
  }

  private func add(_ affine: Affine, _ name: String, _ builder: inout ModelBuilder) throws(AblateError) {
    let width = builder.width
    for coefficients in [affine.center, affine.scale, affine.shift] {
      guard coefficients.vector?.count ?? width == width else {
        throw AblateError(.malformed, "step '\(name)' does not fit rows of \(width) values")
      }
    }
    let center = try source.buffer(Float.self, count: width)
    let scale = try source.buffer(Float.self, count: width)
    let shift = try source.buffer(Float.self, count: width)
    for index in 0..<width {
      center.pointer[index] = Float(affine.center[index])
      scale.pointer[index] = Float(affine.scale[index])
      // What rounding the center loses is made up for.
      let lost = (Double(center.pointer[index]) - affine.center[index]) * affine.scale[index]
      shift.pointer[index] = Float(affine.shift[index] + lost)
    }
    try builder.addAffine(
      name: name, center: UnsafeBufferPointer(start: center.pointer, count: width),
      scale: UnsafeBufferPointer(start: scale.pointer, count: width),
      shift: UnsafeBufferPointer(start: shift.pointer, count: width))
  }
}
