import AblateModel
import AblateRuntime
import AblateStudy
import AblateSweep
import CAblate

@_cdecl("ablate_shapley_create") public func shapleyCreate(
  _ model: OpaquePointer?, _ options: UnsafePointer<ablate_shapley_options>?, _ x: UnsafePointer<Float>?, _ rows: Int,
  _ labels: UnsafePointer<Int32>?, _ outShapley: UnsafeMutablePointer<OpaquePointer?>?
) -> ablate_status {
  status { () throws(AblateError) in
    let model = try models.object(model, "model").model
    let out = try required(outShapley, "outShapley")
    let chosen = try readOptions(options)
    let x = try someRows(x, "x", rows: rows, width: model.inputWidth)
    let labels = try someRows(labels, "labels", rows: rows, width: 1)
    let values = try ShapleyValues(
      model: model, of: try players(chosen, model: model), options: try shapleyOptions(chosen), x: x, labels: labels,
      rows: rows)
    out.pointee = try shapleys.insert(
      WorkHandle(
        values, noun: "estimate of Shapley values", count: values.players.count,
        progress: progress(chosen.progress, user: chosen.user)))
  }
}

@_cdecl("ablate_shapley_free") public func shapleyFree(_ shapley: OpaquePointer?) { shapleys.remove(shapley) }

@_cdecl("ablate_shapley_run") public func shapleyRun(_ shapley: OpaquePointer?, _ permutations: UInt64) -> ablate_status
{
  status { () throws(AblateError) in
    let handle = try shapleys.object(shapley, "shapley")
    try handle.use { values throws(AblateError) in
      try values.run(
        permutations: Int(truncatingIfNeeded: permutations), progress: handle.progress)
    }
  }
}

@_cdecl("ablate_shapley_count") public func shapleyCount(_ shapley: OpaquePointer?) -> Int {
  var count = 0
  _ = status { () throws(AblateError) in count = try shapleys.object(shapley, "shapley").count }
  return count
}

@_cdecl("ablate_shapley_read") public func shapleyRead(
  _ shapley: OpaquePointer?, _ index: Int, _ outValue: UnsafeMutablePointer<ablate_shapley_value>?
) -> ablate_status {
  status { () throws(AblateError) in
    try shapleys.use(shapley, "shapley") { values throws(AblateError) in
      try fill(outValue, "outValue") { () throws(AblateError) in
        let value = try values.value(index)
        return ablate_shapley_value(
          size: 0, layer: value.layer, unit: value.unit, value: value.value, variance: value.variance,
          lower: value.lower, upper: value.upper, permutations: UInt64(values.permutationCount))
      }
    }
  }
}

@_cdecl("ablate_shapley_summarize") public func shapleySummarize(
  _ shapley: OpaquePointer?, _ outSummary: UnsafeMutablePointer<ablate_shapley_summary>?
) -> ablate_status {
  status { () throws(AblateError) in
    try shapleys.use(shapley, "shapley") { values throws(AblateError) in
      try fill(outSummary, "outSummary") {
        let summary = values.summary
        return ablate_shapley_summary(
          size: 0, permutations: UInt64(summary.permutations), marginals: UInt64(summary.marginals),
          truncated: UInt64(summary.truncated), intact: summary.intact, ablated: summary.ablated)
      }
    }
  }
}

@_cdecl("ablate_shapley_top") public func shapleyTop(
  _ shapley: OpaquePointer?, _ outIndices: UnsafeMutablePointer<Int>?, _ count: Int,
  _ outIsSettled: UnsafeMutablePointer<Int32>?
) -> ablate_status {
  status { () throws(AblateError) in
    try shapleys.use(shapley, "shapley") { values throws(AblateError) in
      let out = try required(outIndices, "outIndices")
      guard count >= 0, count <= values.players.count else {
        throw AblateError(
          .invalidArgument, "count is \(UInt(bitPattern: count)): there are \(values.players.count)")
      }
      let top = try values.top(count)
      for (place, player) in top.players.enumerated() { out[place] = player }
      outIsSettled?.pointee = top.isSettled ? 1 : 0
    }
  }
}

@_cdecl("ablate_shapley_merge") public func shapleyMerge(
  _ shapley: OpaquePointer?, _ other: OpaquePointer?
) -> ablate_status {
  merge(shapley, "shapley", other, in: shapleys) { (target, other) throws(AblateError) in try target.merge(other) }
}

private func players(_ options: ablate_shapley_options, model: Model) throws(AblateError) -> ShapleyPlayers {
  let layers = try layerList(options.layers, options.layer_count, "options.layer_count", model: model)
  guard let units = options.units else {
    try requireCount(options.unit_count, is: 0, "options.unit_count")
    return .layers(layers)
  }
  if layers != nil { throw AblateError(.invalidArgument, "options.layers and options.units exclude each other") }
  return .units(
    try unitList(units, "options.units", options.unit_count, "options.unit_count", model: model))
}

/// 0 is the default of each.
private func shapleyOptions(_ chosen: ablate_shapley_options) throws(AblateError) -> ShapleyOptions {
  var options = ShapleyOptions()
  options.replacement = try replacementOption(chosen.replacement)
  options.measure = try enumerator(chosen.measure.rawValue, "options.measure")
  options.threads = chosen.threads
  options.seed = chosen.seed
  options.firstPermutation = Int(truncatingIfNeeded: chosen.first_permutation)
  options.sampleRows = chosen.sample_rows == 0 ? nil : chosen.sample_rows
  options.tolerance = chosen.tolerance
  if chosen.patience != 0 { options.patience = chosen.patience }
  options.topCount = chosen.top_count
  if chosen.delta != 0 { options.delta = chosen.delta }
  options.largestChange = chosen.largest_change == 0 ? nil : chosen.largest_change
  return options
}
