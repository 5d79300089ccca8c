import AblateModel
import AblateONNX
import AblateRuntime
import CAblate

@_cdecl("ablate_model_load") public func modelLoad(
  _ path: UnsafePointer<CChar>?, _ outModel: UnsafeMutablePointer<OpaquePointer?>?
) -> ablate_status {
  status { () throws(AblateError) in
    let path = try text(path, "path")
    let out = try required(outModel, "outModel")
    out.pointee = try models.insert(ModelHandle(try ONNXModel.load(path: path)))
  }
}

@_cdecl("ablate_model_load_memory") public func modelLoadMemory(
  _ bytes: UnsafeRawPointer?, _ count: Int, _ directory: UnsafePointer<CChar>?,
  _ outModel: UnsafeMutablePointer<OpaquePointer?>?
) -> ablate_status {
  status { () throws(AblateError) in
    let bytes = try required(bytes, "bytes")
    let out = try required(outModel, "outModel")
    guard count >= 0 else {
      throw AblateError(.invalidArgument, "count is \(UInt(bitPattern: count)): more than memory can hold")
    }
    let directory = directory == nil ? nil : try text(directory, "directory")
    let model = try ONNXModel.load(bytes: UnsafeRawBufferPointer(start: bytes, count: count), directory: directory)
    out.pointee = try models.insert(ModelHandle(model))
  }
}

@_cdecl("ablate_model_with_class_labels") public func modelWithClassLabels(
  _ model: OpaquePointer?, _ labels: UnsafePointer<UnsafePointer<CChar>?>?, _ count: Int,
  _ outModel: UnsafeMutablePointer<OpaquePointer?>?
) -> ablate_status {
  status { () throws(AblateError) in
    let model = try models.object(model, "model").model
    let labels = try classLabels(labels, count)
    let out = try required(outModel, "outModel")
    out.pointee = try models.insert(ModelHandle(try model.with(classLabels: labels)))
  }
}

@_cdecl("ablate_model_free") public func modelFree(_ model: OpaquePointer?) { models.remove(model) }

@_cdecl("ablate_model_describe") public func modelDescribe(
  _ model: OpaquePointer?, _ outInfo: UnsafeMutablePointer<ablate_model_info>?
) -> ablate_status {
  status { () throws(AblateError) in
    let model = try models.object(model, "model").model
    try fill(outInfo, "outInfo") {
      ablate_model_info(
        size: 0, input_width: model.inputWidth, output_width: model.outputWidth, class_count: model.classCount,
        prediction_width: model.predictionWidth, probability_width: model.probabilityWidth,
        layer_count: model.layers.count, step_count: model.steps.count, parameter_count: Int64(model.parameterCount),
        head: ablate_head(rawValue: UInt32(model.head.rawValue)) ?? .ABLATE_HEAD_LOGITS)
    }
  }
}

@_cdecl("ablate_model_input_shape") public func modelInputShape(
  _ model: OpaquePointer?, _ outShape: UnsafeMutablePointer<Int>?, _ capacity: Int,
  _ outRank: UnsafeMutablePointer<Int>?
) -> ablate_status {
  status { () throws(AblateError) in
    let shape = try models.object(model, "model").model.inputShape
    let rank = try required(outRank, "outRank")
    if capacity != 0 {
      let out = try required(outShape, "outShape")
      for axis in 0..<min(shape.count, Int(clamping: UInt(bitPattern: capacity))) { out[axis] = shape[axis] }
    }
    rank.pointee = shape.count
  }
}

@_cdecl("ablate_model_layer") public func modelLayer(
  _ model: OpaquePointer?, _ layer: Int, _ outInfo: UnsafeMutablePointer<ablate_layer_info>?
) -> ablate_status {
  status { () throws(AblateError) in
    let handle = try models.object(model, "model")
    try fill(outInfo, "outInfo") { () throws(AblateError) in
      try handle.model.require(layer: layer)
      let described = handle.model.layers[layer]
      return ablate_layer_info(
        size: 0, name: handle.layerNames[layer].pointer,
        kind: constant(described.convolution == nil ? "dense" : "convolution"), units: described.units,
        inputs: described.inputs, parameter_count: Int64(described.parameterCount),
        activation: ablate_activation(rawValue: UInt32(described.activation.kind.rawValue))
          ?? .ABLATE_ACTIVATION_IDENTITY,
        alpha: described.activation.alpha, beta: described.activation.beta,
        is_output: layer == handle.model.outputLayer ? 1 : 0, height: described.shape.height,
        width: described.shape.width, kernel_height: described.convolution?.geometry.kernelHeight ?? 1,
        kernel_width: described.convolution?.geometry.kernelWidth ?? 1, groups: described.groups)
    }
  }
}

@_cdecl("ablate_model_find_layer") public func modelFindLayer(
  _ model: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ outLayer: UnsafeMutablePointer<Int>?
) -> ablate_status {
  status { () throws(AblateError) in
    let model = try models.object(model, "model").model
    let name = try text(name, "name")
    let out = try required(outLayer, "outLayer")
    out.pointee = try model.layer(named: name)
  }
}

@_cdecl("ablate_model_step") public func modelStep(
  _ model: OpaquePointer?, _ step: Int, _ outInfo: UnsafeMutablePointer<ablate_step_info>?
) -> ablate_status {
  status { () throws(AblateError) in
    let handle = try models.object(model, "model")
    let steps = handle.model.steps
    try fill(outInfo, "outInfo") { () throws(AblateError) in
      guard steps.indices.contains(step) else {
        throw AblateError(
          .invalidArgument, "step \(UInt(bitPattern: step)) is out of range: the model has \(steps.count) steps")
      }
      var info = ablate_step_info()
      info.name = handle.stepNames[step].pointer
      info.width = handle.model.shapes[step + 1].count
      info.parameter_count = Int64(handle.model.parameterCount(of: steps[step]))
      switch steps[step] {
      case .dense(let layer):
        info.kind = constant("dense")
        info.can_ablate = 1
        info.layer = layer
      case .convolution(let layer):
        info.kind = constant("convolution")
        info.can_ablate = 1
        info.layer = layer
      case .affine: info.kind = constant("affine")
      case .activation: info.kind = constant("activation")
      case .operation(let operation): info.kind = constant(operation.kind.name)
      }
      return info
    }
  }
}

@_cdecl("ablate_model_class_label") public func modelClassLabel(
  _ model: OpaquePointer?, _ index: Int, _ outLabel: UnsafeMutablePointer<UnsafePointer<CChar>?>?
) -> ablate_status {
  status { () throws(AblateError) in
    let handle = try models.object(model, "model")
    let out = try required(outLabel, "outLabel")
    let count = handle.model.probabilityWidth
    guard index >= 0, index < count else {
      throw AblateError(
        .invalidArgument, "class \(UInt(bitPattern: index)) is out of range: the model has \(count) classes")
    }
    out.pointee = handle.classLabels?[index].pointer
  }
}

@_cdecl("ablate_model_parameters") public func modelParameters(
  _ model: OpaquePointer?, _ layer: Int, _ outWeights: UnsafeMutablePointer<Float>?, _ weightCount: Int,
  _ outBias: UnsafeMutablePointer<Float>?, _ biasCount: Int
) -> ablate_status {
  status { () throws(AblateError) in
    let model = try models.object(model, "model").model
    try model.require(layer: layer)
    let layer = model.layers[layer]
    if outWeights != nil { try requireCount(weightCount, is: layer.weightValues.count, "weightCount") }
    if outBias != nil { try requireCount(biasCount, is: layer.biasValues.count, "biasCount") }
    if let outWeights { layer.copyWeights(into: outWeights) }
    if let outBias, let start = layer.biasValues.baseAddress { outBias.copy(from: start, count: biasCount) }
  }
}
