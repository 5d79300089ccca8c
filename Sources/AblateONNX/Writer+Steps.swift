import AblateModel
import AblateRuntime

extension Writer {
  /// Whether reading would make one step of two: scalings and activation functions join a layer that has no activation function,
  /// activation functions a sum, and scalings join each other. Activation functions that are written with their argument twice need one that stands alone.
  static func isJoined(_ step: Step, to before: Step, of model: Model) -> Bool {
    switch (before, step) {
    case (_, .activation(_, let activation, _)) where namesItsArgumentTwice(activation.kind): true
    case (.dense(let layer), .affine), (.dense(let layer), .activation), (.convolution(let layer), .affine),
      (.convolution(let layer), .activation):
      model.layers[layer].activation == .identity
    case (.affine, .affine), (.operation, .activation): true
    default: false
    }
  }

  private static func namesItsArgumentTwice(_ kind: Activation.Kind) -> Bool {
    kind == .hardSwish || kind == .silu || kind == .gelu || kind == .geluTanh
  }

  /// Keeps the steps before and behind apart when we read the file.
  func separate() { add("Identity") }

  func add(_ index: Int, of model: Model) throws(AblateError) {
    let step = model.steps[index]
    let source = model.sources[index][0]
    var image: ValueShape?
    switch step {
    case .convolution(let layer): return try addConvolution(model.layers[layer], from: source)
    case .operation(let operation): return try add(operation, index, of: model)
    case .dense: break
    case .affine(let affine): if affine.positions > 1 && affine.width > 1 { image = model.shapes[source] }
    case .activation: image = points[source].image?.shape
    }
    read(source, image)
    if source > 0, Self.isJoined(step, to: model.steps[source - 1], of: model) { separate() }
    switch step {
    case .dense(let layer): try add(model.layers[layer])
    case .affine(let affine): try add(affine)
    case .activation(let name, let activation, _): try add(activation, name: name)
    case .convolution, .operation: break
    }
    endPoint(image)
  }

  private func add(_ layer: Layer) throws(AblateError) {
    let weights = constant("weight", of: layer.name, layer.weights, dims: [layer.units, layer.inputs])
    let bias = constant("bias", of: layer.name, layer.bias, dims: [layer.units])
    add("Gemm", [value, weights, bias], name: layer.name)
    set("transB", integer: 1)
    if layer.activation != .identity { try add(layer.activation, name: "") }
  }

  private func add(_ affine: AffineStep) throws(AblateError) {
    add("Sub", [value, try constant("center", of: affine, affine.center)], name: affine.name)
    add("Mul", [value, try constant("scale", of: affine, affine.scale)])
    add("Add", [value, try constant("shift", of: affine, affine.shift)])
  }

  /// Of a scaling: a number for each channel; of one channel, for each value, as a single number may be part of something else.
  private func constant(
    _ kind: StaticString, of affine: AffineStep, _ values: Buffer<Float>
  ) throws(AblateError) -> String {
    if affine.positions == 1 || affine.width > 1 {
      return constant(
        kind, of: affine.name, values, dims: affine.positions == 1 ? [affine.width] : [affine.width, 1, 1])
    }
    let all = try Buffer<Float>(count: affine.positions)
    all.pointer.update(repeating: values.pointer[0], count: all.count)
    return constant(kind, of: affine.name, all, dims: [all.count])
  }

  /// - Parameter name: of the last node, by which the step is called.
  func add(_ activation: Activation, name: String) throws(AblateError) {
    let x = value
    switch activation.kind {
    case .identity: break
    case .relu: add("Relu", name: name)
    case .leakyReLU:
      add("LeakyRelu", name: name)
      set("alpha", float: activation.alpha)
    case .elu:
      add("Elu", name: name)
      set("alpha", float: activation.alpha)
    case .selu:
      add("Selu", name: name)
      set("alpha", float: activation.alpha)
      set("gamma", float: activation.beta)
    case .tanh: add("Tanh", name: name)
    case .sigmoid: add("Sigmoid", name: name)
    case .softplus: add("Softplus", name: name)
    case .hardSigmoid:
      add("HardSigmoid", name: name)
      set("alpha", float: activation.alpha)
      set("beta", float: activation.beta)
    case .hardSwish:
      add("HardSigmoid")
      set("alpha", float: 1 / 6)
      set("beta", float: 0.5)
      add("Mul", [x, value], name: name)
    case .silu:
      add("Sigmoid")
      add("Mul", [x, value], name: name)
    case .clip: add("Clip", [x, try constant(activation.alpha), try constant(activation.beta)], name: name)
    case .gelu:
      // x (1 + erf(x / sqrt(2))) / 2
      add("Div", [x, try constant(Float(2).squareRoot())])
      add("Erf")
      try halve(x, name)
    case .geluTanh:
      // x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2
      add("Mul", [x, x])
      add("Mul", [value, x])
      add("Mul", [value, try constant(0.044715)])
      add("Add", [x, value])
      add("Mul", [value, try constant((2 / Float.pi).squareRoot())])
      add("Tanh")
      try halve(x, name)
    }
  }

  /// x (1 + value) / 2
  private func halve(_ x: String, _ name: String) throws(AblateError) {
    add("Add", [value, try constant(1)])
    add("Mul", [x, value])
    add("Mul", [value, try constant(0.5)], name: name)
  }
}
