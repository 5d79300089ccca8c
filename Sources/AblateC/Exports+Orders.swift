import AblateModel
import AblateRuntime
import AblateStudy
import AblateSweep
import CAblate

@_cdecl("ablate_model_units") public func modelUnits(
  _ model: OpaquePointer?, _ layers: UnsafePointer<Int>?, _ layerCount: Int,
  _ outUnits: UnsafeMutablePointer<ablate_unit>?, _ capacity: Int, _ outCount: UnsafeMutablePointer<Int>?
) -> ablate_status {
  status { () throws(AblateError) in
    let model = try models.object(model, "model").model
    let outCount = try required(outCount, "outCount")
    let chosen = try layerList(layers, layerCount, "layerCount", model: model)
    let units = try model.units(ofLayers: chosen)
    if capacity != 0 {
      try requireRoom(capacity, for: units.count)
      copy(units, to: try required(outUnits, "outUnits"))
    }
    outCount.pointee = units.count
  }
}

@_cdecl("ablate_model_weight_norms") public func modelWeightNorms(
  _ model: OpaquePointer?, _ layer: Int, _ norm: ablate_weight_norm, _ outNorms: UnsafeMutablePointer<Double>?,
  _ count: Int
) -> ablate_status {
  status { () throws(AblateError) in
    let model = try models.object(model, "model").model
    try model.require(layer: layer)
    let norm: WeightNorm = try enumerator(norm.rawValue, "norm")
    try requireCount(count, is: model.layers[layer].units, "count")
    norm.of(model.layers[layer], into: try required(outNorms, "outNorms"))
  }
}

@_cdecl("ablate_sweep_effects") public func sweepEffects(
  _ sweep: OpaquePointer?, _ outEffects: UnsafeMutablePointer<Double>?, _ count: Int
) -> ablate_status {
  status { () throws(AblateError) in
    let handle = try sweeps.object(sweep, "sweep")
    try requireCount(count, is: handle.count, "count")
    let out = try required(outEffects, "outEffects")
    try handle.use { sweep throws(AblateError) in
      for item in 0..<count { out[item] = try sweep.result(item).effect }
    }
  }
}

@_cdecl("ablate_order_by_scores") public func orderByScores(
  _ model: OpaquePointer?, _ units: UnsafePointer<ablate_unit>?, _ scores: UnsafePointer<Double>?, _ count: Int,
  _ direction: ablate_direction, _ outOrder: UnsafeMutablePointer<ablate_unit>?,
  _ outWarning: UnsafeMutablePointer<UnsafePointer<CChar>?>?
) -> ablate_status {
  status { () throws(AblateError) in
    let model = try models.object(model, "model").model
    let units = try unitList(units, "units", count, "count", model: model)
    let scores = try required(scores, "scores")
    let out = try required(outOrder, "outOrder")
    let warning = try required(outWarning, "outWarning")
    guard direction == .ABLATE_DIRECTION_LOW_FIRST || direction == .ABLATE_DIRECTION_HIGH_FIRST else {
      throw noEnumerator(direction.rawValue, "direction")
    }
    let order = try UnitOrder(
      model: model, units: units, scores: scores, highFirst: direction == .ABLATE_DIRECTION_HIGH_FIRST)
    copy(order.units, to: out)
    warning.pointee = order.isAcrossLayers ? constant(acrossLayers) : nil
  }
}

private let acrossLayers: StaticString = """
  the scores of units of several layers were compared: no measure of activations or weights is known to rank units across layers \
  (Amjad, Liu and Geiger 2018, arXiv 1804.06679), while effects and Shapley values of units of all layers are in the same unit
  """

@_cdecl("ablate_order_at_random") public func orderAtRandom(
  _ model: OpaquePointer?, _ units: UnsafePointer<ablate_unit>?, _ count: Int, _ seed: UInt64,
  _ outOrder: UnsafeMutablePointer<ablate_unit>?
) -> ablate_status {
  status { () throws(AblateError) in
    let model = try models.object(model, "model").model
    let units = try unitList(units, "units", count, "count", model: model)
    let out = try required(outOrder, "outOrder")
    copy(try UnitOrder(model: model, shuffling: units, seed: seed).units, to: out)
  }
}

@_cdecl("ablate_rank_correlation") public func rankCorrelation(
  _ kind: ablate_correlation, _ x: UnsafePointer<Double>?, _ y: UnsafePointer<Double>?, _ count: Int,
  _ outValue: UnsafeMutablePointer<Double>?
) -> ablate_status {
  status { () throws(AblateError) in
    let kind: RankCorrelation = try enumerator(kind.rawValue, "kind")
    let x = try rowsPointer(x, "x", rows: count, width: 1)
    let y = try rowsPointer(y, "y", rows: count, width: 1)
    let out = try required(outValue, "outValue")
    if let x, let y { out.pointee = try kind.of(x, y, count: count) } else { out.pointee = .nan }
  }
}

private func copy(_ units: [UnitPlace], to out: UnsafeMutablePointer<ablate_unit>) {
  for (place, unit) in units.enumerated() { out[place] = ablate_unit(layer: unit.layer, unit: unit.unit) }
}
