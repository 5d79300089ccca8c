import AblateModel
import AblateRuntime
import CONNX

extension Evaluation {
  /// Builds the model that ends in the target's scores.
  func assemble(_ target: Target) throws(AblateError) -> Model {
    let (rows, head) = try scoresAndHead(target)
    var plan = try Assembly(stages, scores: rows, source: source, keepsApart: isOwn).plan
    let endsInConvolution = plan.lastLayer?.window != nil
    switch plan.steps.last?.kind {
    case .layer, .operation: break
    case .affine where endsInConvolution, .activation where endsInConvolution:
      // The builder takes no scores from a scaling or an activation function behind them, but those of an arrangement.
      let stage = try Stage(
        kind: .arrangement(.inPlace(rows.shape.width ?? 0, source)), sources: [], isNamed: false,
        position: rows.position)
      _ = plan.add(.operation(stage, .identity), from: [plan.steps.count])
    case .affine, .activation, nil:
      throw graph.nodes[rows.position].unsupported(
        "the model must end in a dense layer or a convolution, with or without an activation function, before its "
          + "softmax or sigmoid")
    }
    do throws(AblateError) {
      return try build(plan, rows.shape.input, head, target.labels)
    } catch {
      // What a builder calls a wrong argument, the file has wrong.
      throw error.kind == .invalidArgument ? AblateError(.malformed, ErrorText(error.message)) : error
    }
  }

  /// The pre-activations that are the scores, and what they mean.
  private func scoresAndHead(_ target: Target) throws(AblateError) -> (Rows, Head?) {
    let rows = try rowMajor(target.scores.rows, graph.nodes[target.scores.rows.position])
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
      switch step.kind {
      case .layer(let layer, let scale, let offset, let activation):
        let name = names.unique(layer.name)
        let label = builder.label(layer.window == nil ? "dense layer" : "convolution", name)
        let (weights, bias) = try parameters(layer, label, scale, offset)
        try add(
          layer, name, UnsafeBufferPointer(start: weights.pointer, count: weights.count),
          UnsafeBufferPointer(start: bias.pointer, count: bias.count), activation, from: step.sources[0], &builder)
      case .affine(let affine):
        let name = names.unique(affine.position.map { graph.nodes[$0].name.text } ?? "")
        try add(affine, name, from: step.sources[0], &builder)
      case .activation(let activation, let position):
        try builder.addActivation(
          name: names.unique(graph.nodes[position].name.text), activation, from: step.sources[0])
      case .operation(let stage, let activation):
        let name = stage.isNamed ? names.unique(graph.nodes[stage.position].name.text) : ""
        try add(stage, name, activation, from: step.sources, &builder)
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
    for step in plan.steps {
      if case .layer(let layer, _, _, _) = step.kind { return [layer.inputs] }
    }
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

  /// A layer's parameters as floats, with what was folded into them computed in double precision.
  private func parameters(
    _ layer: Weighted, _ label: ErrorText, _ scale: Coefficients, _ offset: Coefficients
  ) throws(AblateError) -> (weights: Buffer<Float>, bias: Buffer<Float>) {
    let weights = try source.buffer(Float.self, count: layer.weights.count)
    for unit in 0..<layer.units {
      let factor = layer.alpha * scale[unit]
      for input in 0..<layer.inputs {
        let index = layer.layout == .outIn ? unit * layer.inputs + input : input * layer.units + unit
        let own = layer.weights.number(index)
        weights.pointer[index] = Float(own * factor)
        try requireFinite(weights.pointer[index], own, label)
      }
    }
    let bias = try source.buffer(Float.self, count: layer.units)
    for unit in 0..<layer.units {
      bias.pointer[unit] = Float(layer.bias[unit] * scale[unit] + offset[unit])
      try requireFinite(bias.pointer[unit], layer.bias[unit], label)
    }
    return (weights, bias)
  }

  /// Of what the file itself has wrong the builder tells.
  private func requireFinite(_ folded: Float, _ own: Double, _ label: ErrorText) throws(AblateError) {
    guard folded.isFinite || !Float(own).isFinite else {
      throw AblateError(
        .malformed,
        "\(label) has a weight or bias that is not finite with what follows folded in, as BatchNormalization is")
    }
  }

  private func add(
    _ layer: Weighted, _ name: String, _ weights: UnsafeBufferPointer<Float>, _ bias: UnsafeBufferPointer<Float>,
    _ activation: Activation, from source: Int, _ builder: inout ModelBuilder
  ) throws(AblateError) {
    if let (window, groups) = layer.window {
      try builder.addConvolution(
        name: name, units: layer.units, window: window, groups: groups, weights: weights, bias: bias,
        activation: activation, from: source, as: layer.image)
    } else {
      try builder.addDense(
        name: name, units: layer.units, layout: layer.layout, weights: weights, bias: bias, activation: activation,
        from: source)
    }
  }

  private func add(
    _ affine: Affine, _ name: String, from source: Int, _ builder: inout ModelBuilder
  ) throws(AblateError) {
    let shape = builder.shapes[source]
    let isPerChannel = shape.channels > 1 && affine.goes(with: shape.channels)
    let width = isPerChannel ? shape.channels : shape.count
    // Of an image in other axes than the builder's, the coefficients of the channels come again at each position.
    let period = affine.width ?? width
    guard period > 0, width % period == 0 else {
      throw AblateError(.malformed, "\(builder.label("affine step", name)) does not fit rows of \(width) values")
    }
    let center = try self.source.buffer(Float.self, count: width)
    let scale = try self.source.buffer(Float.self, count: width)
    let shift = try self.source.buffer(Float.self, count: width)
    for index in 0..<width {
      let own = index % period
      center.pointer[index] = Float(affine.center[own])
      scale.pointer[index] = Float(affine.scale[own])
      // What rounding the center loses is made up for.
      let lost = (Double(center.pointer[index]) - affine.center[own]) * affine.scale[own]
      shift.pointer[index] = Float(affine.shift[own] + lost)
    }
    try builder.addAffine(
      name: name, center: UnsafeBufferPointer(start: center.pointer, count: width),
      scale: UnsafeBufferPointer(start: scale.pointer, count: width),
      shift: UnsafeBufferPointer(start: shift.pointer, count: width), isPerChannel: isPerChannel, from: source)
  }

  private func add(
    _ stage: Stage, _ name: String, _ activation: Activation, from sources: [Int], _ builder: inout ModelBuilder
  ) throws(AblateError) {
    let image = stage.sourceShape
    switch stage.kind {
    case .pooling(let pooling, let window?):
      try builder.addPooling(name: name, pooling, window: window, from: sources[0], as: image)
    case .pooling(let pooling, nil):
      try builder.addGlobalPooling(name: name, isMaximum: pooling == .maximum, from: sources[0], as: image)
    case .sum: try builder.addSum(name: name, of: sources[0], and: sources[1], activation: activation, as: image)
    case .product: try builder.addProduct(name: name, of: sources[0], and: sources[1], as: image)
    case .concatenation:
      try builder.addConcatenation(
        name: name, of: sources, height: stage.image?.height ?? 1, width: stage.image?.width ?? 1)
    case .arrangement(let arranged):
      try builder.addArrangement(
        name: name, shape: arranged.shape, sources: arranged.sources, fill: arranged.fill, from: sources[0])
    case .mixture(let mixed):
      try builder.addMixture(
        name: name, shape: mixed.shape, terms: mixed.terms, sources: mixed.sources, weights: mixed.weights,
        from: sources[0])
    case .responseNormalization(let normalization):
      try builder.addResponseNormalization(name: name, normalization, from: sources[0], as: image)
    case .input, .layer, .computed: break
    }
  }
}
