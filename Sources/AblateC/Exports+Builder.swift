import AblateModel
import AblateRuntime
import CAblate

@_cdecl("ablate_builder_create") public func builderCreate(
  _ inputShape: UnsafePointer<Int>?, _ rank: Int, _ outBuilder: UnsafeMutablePointer<OpaquePointer?>?
) -> ablate_status {
  status { () throws(AblateError) in
    let shape = try required(inputShape, "inputShape")
    let out = try required(outBuilder, "outBuilder")
    guard rank >= 1, rank <= 8 else {
      throw AblateError(.invalidArgument, "rank is \(UInt(bitPattern: rank)): 1 to 8 are possible")
    }
    let builder = try ModelBuilder(inputShape: Array(UnsafeBufferPointer(start: shape, count: rank)))
    out.pointee = try builders.insert(BuilderHandle(builder))
  }
}

@_cdecl("ablate_builder_free") public func builderFree(_ builder: OpaquePointer?) { builders.remove(builder) }

@_cdecl("ablate_builder_add_dense") public func builderAddDense(
  _ builder: OpaquePointer?, _ dense: UnsafePointer<ablate_dense>?
) -> ablate_status {
  status { () throws(AblateError) in
    let handle = try builders.object(builder, "builder")
    let dense = try read(dense, "dense")
    let (count, overflow) = dense.units.multipliedReportingOverflow(by: handle.builder.width)
    guard dense.units >= 1, !overflow else {
      throw AblateError(
        .invalidArgument,
        "dense.units is \(UInt(bitPattern: dense.units)): at least 1, and no more than memory can hold")
    }
    let weights = try required(dense.weights, "dense.weights")
    try handle.change { builder throws(AblateError) in
      let source = try builder.addRowMajor()
      try builder.addDense(
        name: try nameText(dense.name, "dense.name"), units: dense.units,
        layout: try enumerator(dense.layout.rawValue, "dense.layout"),
        weights: UnsafeBufferPointer(start: weights, count: count),
        bias: dense.bias.map { UnsafeBufferPointer(start: $0, count: dense.units) },
        activation: try activation(
          dense.activation, dense.alpha, dense.beta, given: dense.parameter_count, "dense"),
        from: source)
    }
  }
}

/// The name of a step, which may be NULL.
func nameText(_ name: UnsafePointer<CChar>?, _ argument: StaticString) throws(AblateError) -> String {
  name == nil ? "" : try text(name, argument)
}

/// An activation function with the parameters that a caller's struct gives.
func activation(
  _ kind: ablate_activation, _ alpha: Float, _ beta: Float, given: Int32, _ argument: StaticString
) throws(AblateError) -> Activation {
  guard let kind = Activation.Kind(rawValue: Int32(truncatingIfNeeded: kind.rawValue)) else {
    throw noEnumerator(kind.rawValue, composed("\(argument).activation"))
  }
  let defaults = Activation(kind)
  guard alpha.isFinite, beta.isFinite else {
    throw AblateError(.invalidArgument, "\(argument.text).alpha and \(argument.text).beta must be finite")
  }
  guard given >= 0, given <= 2 else {
    throw AblateError(.invalidArgument, "\(argument.text).parameter_count is \(given): 0, 1 and 2 are possible")
  }
  if (given < 1 && alpha != 0) || (given < 2 && beta != 0) {
    throw AblateError(
      .invalidArgument,
      "\(argument.text).parameter_count is \(given), so \(argument.text).\(given < 1 && alpha != 0 ? "alpha" : "beta") would be ignored"
    )
  }
  return Activation(kind, alpha: given < 1 ? defaults.alpha : alpha, beta: given < 2 ? defaults.beta : beta)
}

@_cdecl("ablate_builder_add_affine") public func builderAddAffine(
  _ builder: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ center: UnsafePointer<Float>?,
  _ scale: UnsafePointer<Float>?, _ shift: UnsafePointer<Float>?
) -> ablate_status {
  status { () throws(AblateError) in
    let handle = try builders.object(builder, "builder")
    let name = try nameText(name, "name")
    let width = handle.builder.width
    func given(_ values: UnsafePointer<Float>?) -> UnsafeBufferPointer<Float>? {
      values.map { UnsafeBufferPointer(start: $0, count: width) }
    }
    func ordered(_ values: UnsafePointer<Float>?) throws(AblateError) -> Buffer<Float>? {
      guard let values = given(values) else { return nil }
      return try handle.builder.imageOrder(values)
    }
    let own = (center: try ordered(center), scale: try ordered(scale), shift: try ordered(shift))
    try handle.builder.addAffine(
      name: name, center: given(own.center.map { UnsafePointer($0.pointer) } ?? center),
      scale: given(own.scale.map { UnsafePointer($0.pointer) } ?? scale),
      shift: given(own.shift.map { UnsafePointer($0.pointer) } ?? shift))
    withExtendedLifetime(own) {}
  }
}

@_cdecl("ablate_builder_set_head") public func builderSetHead(
  _ builder: OpaquePointer?, _ head: ablate_head
) -> ablate_status {
  status { () throws(AblateError) in
    let handle = try builders.object(builder, "builder")
    handle.builder.setHead(try enumerator(head.rawValue, "head"))
  }
}

@_cdecl("ablate_builder_set_class_labels") public func builderSetClassLabels(
  _ builder: OpaquePointer?, _ labels: UnsafePointer<UnsafePointer<CChar>?>?, _ count: Int
) -> ablate_status {
  status { () throws(AblateError) in
    let handle = try builders.object(builder, "builder")
    handle.builder.setClassLabels(try classLabels(labels, count))
  }
}

func classLabels(
  _ labels: UnsafePointer<UnsafePointer<CChar>?>?, _ count: Int
) throws(AblateError) -> [String] {
  let labels = try required(labels, "labels")
  guard count >= 1, count <= ModelBuilder.widthLimit else {
    throw AblateError(
      .invalidArgument, "count is \(UInt(bitPattern: count)): 1 to \(ModelBuilder.widthLimit) are possible")
  }
  var texts: [String] = []
  for index in 0..<count { texts.append(try text(labels[index], "an element of labels")) }
  return texts
}

@_cdecl("ablate_builder_build") public func builderBuild(
  _ builder: OpaquePointer?, _ outModel: UnsafeMutablePointer<OpaquePointer?>?
) -> ablate_status {
  status { () throws(AblateError) in
    let handle = try builders.object(builder, "builder")
    let out = try required(outModel, "outModel")
    var builder = handle.builder
    _ = try builder.addRowMajor()
    out.pointee = try models.insert(ModelHandle(try builder.build()))
  }
}
