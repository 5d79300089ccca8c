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
    try handle.builder.addDense(
      name: dense.name == nil ? "" : try text(dense.name, "dense.name"), units: dense.units,
      layout: try enumerator(dense.layout.rawValue, "dense.layout"),
      weights: UnsafeBufferPointer(start: weights, count: count),
      bias: dense.bias.map { UnsafeBufferPointer(start: $0, count: dense.units) }, activation: try activation(dense))
  }
}

private func activation(_ dense: ablate_dense) throws(AblateError) -> Activation {
  let defaults = Activation(try enumerator(dense.activation.rawValue, "dense.activation"))
  guard dense.alpha.isFinite, dense.beta.isFinite else {
    throw AblateError(.invalidArgument, "dense.alpha and dense.beta must be finite")
  }
  let given = dense.parameter_count
  guard given >= 0, given <= 2 else {
    throw AblateError(.invalidArgument, "dense.parameter_count is \(given): 0, 1 and 2 are possible")
  }
  if (given < 1 && dense.alpha != 0) || (given < 2 && dense.beta != 0) {
    throw AblateError(
      .invalidArgument,
      "dense.parameter_count is \(given), so dense.\(given < 1 && dense.alpha != 0 ? "alpha" : "beta") would be ignored"
    )
  }
  return Activation(
    defaults.kind, alpha: given < 1 ? defaults.alpha : dense.alpha, beta: given < 2 ? defaults.beta : dense.beta)
}

@_cdecl("ablate_builder_add_affine") public func builderAddAffine(
  _ builder: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ center: UnsafePointer<Float>?,
  _ scale: UnsafePointer<Float>?, _ shift: UnsafePointer<Float>?
) -> ablate_status {
  status { () throws(AblateError) in
    let handle = try builders.object(builder, "builder")
    let width = handle.builder.width
    try handle.builder.addAffine(
      name: name == nil ? "" : try text(name, "name"),
      center: center.map { UnsafeBufferPointer(start: $0, count: width) },
      scale: scale.map { UnsafeBufferPointer(start: $0, count: width) },
      shift: shift.map { UnsafeBufferPointer(start: $0, count: width) })
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
    let labels = try required(labels, "labels")
    guard count >= 1, count <= ModelBuilder.widthLimit else {
      throw AblateError(
        .invalidArgument, "count is \(UInt(bitPattern: count)): 1 to \(ModelBuilder.widthLimit) are possible")
    }
    var texts: [String] = []
    for index in 0..<count { texts.append(try text(labels[index], "an element of labels")) }
    handle.builder.setClassLabels(texts)
  }
}

@_cdecl("ablate_builder_build") public func builderBuild(
  _ builder: OpaquePointer?, _ outModel: UnsafeMutablePointer<OpaquePointer?>?
) -> ablate_status {
  status { () throws(AblateError) in
    let handle = try builders.object(builder, "builder")
    let out = try required(outModel, "outModel")
    out.pointee = try models.insert(ModelHandle(try handle.builder.build()))
  }
}
