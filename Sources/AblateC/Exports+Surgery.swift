import AblateModel
import AblateRuntime
import AblateStudy
import AblateSweep
import CAblate

@_cdecl("ablate_model_prune") public func modelPrune(
  _ model: OpaquePointer?, _ units: UnsafePointer<ablate_unit>?, _ count: Int,
  _ options: UnsafePointer<ablate_surgery_options>?, _ outModel: UnsafeMutablePointer<OpaquePointer?>?
) -> ablate_status {
  status { () throws(AblateError) in
    let model = try models.object(model, "model").model
    let out = try required(outModel, "outModel")
    let units = try unitList(units, "units", count, "count", least: 0, model: model)
    let options = try readOptions(options)
    let surgery = try Surgery(model: model, removing: units)
    out.pointee = try models.insert(ModelHandle(try smallerModel(surgery, options)))
  }
}

private func smallerModel(_ surgery: Surgery, _ options: ablate_surgery_options) throws(AblateError) -> Model {
  let isRidgeUsed = options.compensation == .ABLATE_COMPENSATION_LEAST_SQUARES
  if !isRidgeUsed && options.ridge != 0 {
    throw AblateError(.invalidArgument, "options.ridge is for ABLATE_COMPENSATION_LEAST_SQUARES")
  }
  guard options.compensation != .ABLATE_COMPENSATION_REPLACEMENT else {
    if options.moments != nil || options.moment_count != 0 || options.x != nil || options.rows != 0 {
      throw AblateError(.invalidArgument, "options.moments and options.x are for compensation by other units")
    }
    return try surgery.smallerModel(
      holding: try replacementOption(options.replacement))
  }
  let method: Compensation = try enumerator(options.compensation.rawValue, "options.compensation")
  if options.replacement != nil {
    throw AblateError(.invalidArgument, "options.replacement is for ABLATE_COMPENSATION_REPLACEMENT")
  }
  return try surgery.smallerModel(
    compensating: method, moments: try moments(surgery, options), ridge: options.ridge)
}

private func moments(_ surgery: Surgery, _ options: ablate_surgery_options) throws(AblateError) -> [Moments] {
  let model = surgery.model
  guard let given = options.moments else {
    try requireCount(options.moment_count, is: 0, "options.moment_count with options.moments NULL")
    guard let x = try rowsPointer(options.x, "options.x", rows: options.rows, width: model.inputWidth) else {
      throw AblateError(.invalidArgument, "options has no moments and no rows: one of them is needed")
    }
    return try Moments.ofLayers(
      surgery.layers, model: model, x: x, rows: options.rows, threads: options.threads,
      progress: progress(options.progress, user: options.user))
  }
  if options.x != nil || options.rows != 0 {
    throw AblateError(.invalidArgument, "options.moments and options.x exclude each other")
  }
  guard options.moment_count >= 0, options.moment_count <= model.layers.count else {
    throw AblateError(
      .invalidArgument,
      "options.moment_count is \(UInt(bitPattern: options.moment_count)): the model has \(model.layers.count) layers")
  }
  var all: [Moments] = []
  if options.moment_count == 0 { return all }
  let elements = try CallerArray(given, "options.moments")
  for index in 0..<options.moment_count {
    let each = elements.element(index)
    if all.contains(where: { $0.layer == each.layer }) {
      throw AblateError(.invalidArgument, "options.moments has layer \(each.layer) twice")
    }
    all.append(
      try Moments(
        model: model, layer: each.layer, means: try required(each.means, "means of an element of options.moments"),
        gram: try required(each.gram, "gram of an element of options.moments")))
  }
  return all
}

@_cdecl("ablate_model_unit_groups") public func modelUnitGroups(
  _ model: OpaquePointer?, _ layer: Int, _ outGroups: UnsafeMutablePointer<Int>?, _ count: Int
) -> ablate_status {
  status { () throws(AblateError) in
    let model = try models.object(model, "model").model
    try model.require(layer: layer)
    let out = try required(outGroups, "outGroups")
    try requireCount(count, is: model.layers[layer].units, "count")
    let ties = try TiedUnits(model)
    for unit in 0..<count { out[unit] = ties.group(layer: layer, unit: unit) ?? none }
  }
}

@_cdecl("ablate_model_read_cost") public func modelReadCost(
  _ model: OpaquePointer?, _ outCost: UnsafeMutablePointer<ablate_model_cost>?
) -> ablate_status {
  status { () throws(AblateError) in
    let cost = ModelCost(try models.object(model, "model").model)
    try fill(outCost, "outCost") {
      ablate_model_cost(
        size: 0, parameters: cost.parameters, multiply_adds: cost.multiplyAdds, bytes: cost.bytes)
    }
  }
}
