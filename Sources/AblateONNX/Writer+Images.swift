import AblateModel
import AblateRuntime

extension Writer {
  func addConvolution(_ layer: Layer, from source: Int) throws(AblateError) {
    guard let convolution = layer.convolution else { return }
    let geometry = convolution.geometry
    readImage(source, geometry.inputShape(channels: layer.inputs * convolution.groups))
    let weights = try Buffer<Float>(count: layer.units * layer.weightsPerUnit)
    layer.copyWeights(into: weights.pointer)
    let dims = [layer.units, layer.inputs, geometry.kernelHeight, geometry.kernelWidth]
    let names = [
      value, constant("weight", of: layer.name, weights, dims: dims),
      constant("bias", of: layer.name, layer.bias, dims: [layer.units]),
    ]
    add("Conv", names, name: layer.name)
    set("group", integer: Int64(convolution.groups))
    setWindow(geometry)
    set("dilations", integers: [geometry.dilationY, geometry.dilationX])
    if layer.activation != .identity { try add(layer.activation, name: "") }
    endPoint(layer.shape)
  }

  private func setWindow(_ geometry: WindowGeometry) {
    set("kernel_shape", integers: [geometry.kernelHeight, geometry.kernelWidth])
    set("strides", integers: [geometry.strideY, geometry.strideX])
    set("pads", integers: [geometry.padTop, geometry.padLeft, geometry.padBottom, geometry.padRight])
  }

  func add(_ operation: Operation, _ index: Int, of model: Model) throws(AblateError) {
    let (name, shape, sources) = (operation.name, operation.shape, model.sources[index])
    let source = sources[0]
    switch operation.kind {
    case .pooling(let pooling, let geometry):
      readImage(source, geometry.inputShape(channels: shape.channels))
      try addPooling(operation, index, pooling, geometry)
    case .globalMaximum, .globalAverage:
      readImage(source, imageShape(source, channels: shape.channels, of: model))
      if case .globalMaximum = operation.kind {
        add("GlobalMaxPool", name: name)
      } else {
        add("GlobalAveragePool", name: name)
      }
    case .sum, .product, .channelProduct:
      try addJoin(operation, index, of: model)
      return
    case .concatenation:
      var parts: [String] = []
      for source in sources {
        let width = model.shapes[source].count / shape.positions
        read(source, shape.positions == 1 ? nil : ValueShape(height: shape.height, width: shape.width, channels: width))
        parts.append(value)
      }
      add("Concat", parts, name: name)
      set("axis", integer: 1)
      endPoint(shape.positions == 1 ? nil : shape)
      return
    case .arrangement(let arrangement):
      try add(arrangement, operation, index, of: model)
      return
    case .mixture(let mixture):
      try add(mixture, operation, from: source)
      return
    case .responseNormalization(let normalization):
      readImage(source, shape)
      add("LRN", name: name)
      set("size", integer: Int64(normalization.size))
      set("alpha", float: normalization.alpha)
      set("beta", float: normalization.beta)
      set("bias", float: normalization.bias)
    }
    endPoint(shape)
  }

  private func addPooling(
    _ operation: Operation, _ index: Int, _ pooling: Pooling, _ geometry: WindowGeometry
  ) throws(AblateError) {
    let isDilated = geometry.dilationY > 1 || geometry.dilationX > 1
    if case .maximum = pooling {
      add("MaxPool", name: operation.name)
      if isDilated { set("dilations", integers: [geometry.dilationY, geometry.dilationX]) }
    } else {
      guard !isDilated else {
        let label = ErrorText.step(operation.kind.name, operation.name, at: index)
        throw AblateError(.unsupported, "\(label) has dilations, which opset 13, of the files written, does not know")
      }
      add("AveragePool", name: operation.name)
      if case .averageCountingPadding = pooling { set("count_include_pad", integer: 1) }
    }
    if ImageWindow(geometry).roundsUp {
      setWindow(geometry.reached)
      set("ceil_mode", integer: 1)
    } else {
      setWindow(geometry)
    }
  }

  /// The axes of an image of which only the channels are known.
  private func imageShape(_ point: Int, channels: Int, of model: Model) -> ValueShape {
    if let shape = points[point].image?.shape, shape.channels == channels { return shape }
    let shape = model.shapes[point]
    return shape.channels == channels
      ? shape : ValueShape(height: shape.count / channels, width: 1, channels: channels)
  }

  private func addJoin(_ operation: Operation, _ index: Int, of model: Model) throws(AblateError) {
    let sources = model.sources[index]
    let shape = operation.shape.positions == 1 ? nil : operation.shape
    read(sources[0], shape)
    // Nodes on one value would be taken for parts of an activation function.
    if Self.base(sources[0], model) == Self.base(sources[1], model) { separate() }
    let first = value
    if case .channelProduct = operation.kind {
      readImage(sources[1], ValueShape(height: 1, width: 1, channels: operation.shape.channels))
    } else {
      read(sources[1], shape)
    }
    if case .sum(let activation) = operation.kind {
      add("Add", [first, value], name: operation.name)
      try add(activation, name: "")
    } else {
      add("Mul", [first, value], name: operation.name)
    }
    endPoint(shape)
  }

  /// The point that a value is a function of, value by value.
  private static func base(_ point: Int, _ model: Model) -> Int {
    var point = point
    while point > 0 {
      switch model.steps[point - 1] {
      case .affine, .activation: point = model.sources[point - 1][0]
      case .dense, .convolution, .operation: return point
      }
    }
    return point
  }
}

extension WindowGeometry {
  /// Without last padding that no window reaches: of windows that would start there, the inference of shapes counts one with ceil_mode, which
  /// no pooling computes.
  fileprivate var reached: WindowGeometry {
    func needed(_ windows: Int, _ stride: Int, _ taps: Int, _ dilation: Int, behind input: Int) -> Int {
      max(0, (windows - 1) * stride + (taps - 1) * dilation + 1 - input)
    }
    var result = self
    result.padBottom = min(
      padBottom, needed(outputHeight, strideY, kernelHeight, dilationY, behind: padTop + inputHeight))
    result.padRight = min(padRight, needed(outputWidth, strideX, kernelWidth, dilationX, behind: padLeft + inputWidth))
    return result
  }

  fileprivate func inputShape(channels: Int) -> ValueShape {
    ValueShape(height: inputHeight, width: inputWidth, channels: channels)
  }
}
