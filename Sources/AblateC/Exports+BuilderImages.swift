import AblateModel
import AblateRuntime
import CAblate

@_cdecl("ablate_builder_last_point") public func builderLastPoint(_ builder: OpaquePointer?) -> Int {
  var point = 0
  _ = status { () throws(AblateError) in
    point = try builders.object(builder, "builder").builder.lastPoint
  }
  return point
}

@_cdecl("ablate_builder_add_convolution") public func builderAddConvolution(
  _ builder: OpaquePointer?, _ convolution: UnsafePointer<ablate_convolution>?
) -> ablate_status {
  status { () throws(AblateError) in
    let handle = try builders.object(builder, "builder")
    let convolution = try read(convolution, "convolution")
    let weights = try required(convolution.weights, "convolution.weights")
    let name = try nameText(convolution.name, "convolution.name")
    var window = ImageWindow(height: convolution.kernel_height, width: convolution.kernel_width)
    window.strides = (convolution.stride_height, convolution.stride_width)
    window.dilations = (convolution.dilation_height, convolution.dilation_width)
    window.padding = ImagePadding(
      top: convolution.pad_top, left: convolution.pad_left, bottom: convolution.pad_bottom,
      right: convolution.pad_right)
    try handle.change { builder throws(AblateError) in
      let source = try builder.addImage(from: sourcePoint(convolution.source))
      let count = try builder.convolutionWeights(
        name: name, units: convolution.units, window: window, groups: convolution.groups, from: source)
      try builder.addConvolution(
        name: name, units: convolution.units, window: window, groups: convolution.groups,
        weights: UnsafeBufferPointer(start: weights, count: count),
        bias: convolution.bias.map { UnsafeBufferPointer(start: $0, count: convolution.units) },
        activation: try activation(
          convolution.activation, convolution.alpha, convolution.beta, given: convolution.parameter_count,
          "convolution"),
        from: source)
    }
  }
}

@_cdecl("ablate_builder_add_pooling") public func builderAddPooling(
  _ builder: OpaquePointer?, _ pooling: UnsafePointer<ablate_pooling>?
) -> ablate_status {
  status { () throws(AblateError) in
    let handle = try builders.object(builder, "builder")
    let pooling = try read(pooling, "pooling")
    let name = try nameText(pooling.name, "pooling.name")
    try handle.change { builder throws(AblateError) in
      let source = try builder.addImage(from: sourcePoint(pooling.source))
      let kind: Pooling
      switch pooling.kind {
      case .ABLATE_POOLING_GLOBAL_MAXIMUM, .ABLATE_POOLING_GLOBAL_AVERAGE:
        return try builder.addGlobalPooling(
          name: name, isMaximum: pooling.kind == .ABLATE_POOLING_GLOBAL_MAXIMUM, from: source)
      case .ABLATE_POOLING_MAXIMUM: kind = .maximum
      case .ABLATE_POOLING_AVERAGE: kind = .average
      case .ABLATE_POOLING_AVERAGE_COUNTING_PADDING: kind = .averageCountingPadding
      default: throw noEnumerator(pooling.kind.rawValue, "pooling.kind")
      }
      var window = ImageWindow(height: pooling.kernel_height, width: pooling.kernel_width)
      window.strides = (pooling.stride_height, pooling.stride_width)
      window.dilations = (pooling.dilation_height, pooling.dilation_width)
      window.padding = ImagePadding(
        top: pooling.pad_top, left: pooling.pad_left, bottom: pooling.pad_bottom, right: pooling.pad_right)
      window.roundsUp = pooling.rounds_up != 0
      try builder.addPooling(name: name, kind, window: window, from: source)
    }
  }
}

@_cdecl("ablate_builder_add_sum") public func builderAddSum(
  _ builder: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ first: Int, _ second: Int, _ activation: ablate_activation
) -> ablate_status {
  status { () throws(AblateError) in
    let handle = try builders.object(builder, "builder")
    let name = try nameText(name, "name")
    let activation = Activation(try enumerator(activation.rawValue, "activation"))
    try handle.change { builder throws(AblateError) in
      let first = try builder.addImage(from: first)
      let second = try builder.addImage(from: second)
      try requireAlike(builder.shapes[first], builder.shapes[second], builder.label("sum", name))
      try builder.addSum(name: name, of: first, and: second, activation: activation)
    }
  }
}

@_cdecl("ablate_builder_add_product") public func builderAddProduct(
  _ builder: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ first: Int, _ second: Int
) -> ablate_status {
  status { () throws(AblateError) in
    let handle = try builders.object(builder, "builder")
    let name = try nameText(name, "name")
    try handle.change { builder throws(AblateError) in
      let first = try builder.addImage(from: first)
      let second = try builder.addImage(from: second)
      let (shape, factor) = (builder.shapes[first], builder.shapes[second])
      if factor != .init(height: 1, width: 1, channels: shape.channels) {
        try requireAlike(shape, factor, builder.label("product", name))
      }
      try builder.addProduct(name: name, of: first, and: second)
    }
  }
}

@_cdecl("ablate_builder_add_channel_affine") public func builderAddChannelAffine(
  _ builder: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ center: UnsafePointer<Float>?,
  _ scale: UnsafePointer<Float>?, _ shift: UnsafePointer<Float>?
) -> ablate_status {
  status { () throws(AblateError) in
    let handle = try builders.object(builder, "builder")
    let name = try nameText(name, "name")
    try handle.change { builder throws(AblateError) in
      let source = try builder.addImage()
      let channels = builder.shapes[source].channels
      try builder.addAffine(
        name: name, center: center.map { UnsafeBufferPointer(start: $0, count: channels) },
        scale: scale.map { UnsafeBufferPointer(start: $0, count: channels) },
        shift: shift.map { UnsafeBufferPointer(start: $0, count: channels) }, isPerChannel: true, from: source)
    }
  }
}

private func requireAlike(_ first: ValueShape, _ second: ValueShape, _ label: ErrorText) throws(AblateError) {
  guard first == second else {
    throw AblateError(
      .invalidArgument,
      "\(label) joins images of [channels, height, width] \(text(first)) and \(text(second))")
  }
}

private func text(_ shape: ValueShape) -> String { "[\(shape.channels), \(shape.height), \(shape.width)]" }

/// nil for the last point.
private func sourcePoint(_ point: Int) -> Int? { point == none ? nil : point }
