import AblateModel
import AblateRuntime
import AblateSweep
import CAblate

/// What the options of a caller say is to be ablated.
func subject(_ options: ablate_sweep_options, model: Model) throws(AblateError) -> SweepSubject {
  let layers = try layerList(options, model: model)
  let kind = options.kind
  let takesOrder =
    kind == .ABLATE_SWEEP_CUMULATIVE || kind == .ABLATE_SWEEP_SYNAPSES || kind == .ABLATE_SWEEP_OUTGOING_SYNAPSES
  if !takesOrder && options.order_count != 0 {
    throw AblateError(.invalidArgument, "options.order is for cumulative sweeps and for synapses")
  }
  if kind != .ABLATE_SWEEP_MASKS && options.mask_count != 0 {
    throw AblateError(.invalidArgument, "options.masks is for ABLATE_SWEEP_MASKS")
  }
  switch kind {
  case .ABLATE_SWEEP_UNITS: return .units(layers: layers)
  case .ABLATE_SWEEP_SYNAPSES:
    if options.order_count == 0 { return .synapses(layers: layers) }
    if layers != nil { throw AblateError(.invalidArgument, "options.layers and options.order exclude each other") }
    return .incomingSynapses(of: try order(options, model: model))
  case .ABLATE_SWEEP_OUTGOING_SYNAPSES:
    if layers != nil {
      throw AblateError(.invalidArgument, "options.layers must be NULL for this kind of sweep: name the units in order")
    }
    return .outgoingSynapses(of: try order(options, model: model))
  case .ABLATE_SWEEP_PAIRS:
    guard let layers, layers.count == 1 || layers.count == 2 else {
      throw AblateError(.invalidArgument, "options.layers must name one layer or two for ABLATE_SWEEP_PAIRS")
    }
    return layers.count == 1 ? .pairs(layer: layers[0]) : .pairsAcross(layer: layers[0], laterLayer: layers[1])
  case .ABLATE_SWEEP_INPUTS, .ABLATE_SWEEP_CUMULATIVE, .ABLATE_SWEEP_MASKS:
    if layers != nil { throw AblateError(.invalidArgument, "options.layers must be NULL for this kind of sweep") }
    if kind == .ABLATE_SWEEP_INPUTS { return .inputs }
    return kind == .ABLATE_SWEEP_MASKS ? .masks(try maskList(options)) : .cumulative(try order(options, model: model))
  default:
    throw noEnumerator(kind.rawValue, "options.kind")
  }
}

private func layerList(_ options: ablate_sweep_options, model: Model) throws(AblateError) -> [Int]? {
  try layerList(options.layers, options.layer_count, "options.layer_count", model: model)
}

private func order(_ options: ablate_sweep_options, model: Model) throws(AblateError) -> [UnitPlace] {
  try unitList(options.order, "options.order", options.order_count, "options.order_count", model: model)
}

private func maskList(_ options: ablate_sweep_options) throws(AblateError) -> [Mask] {
  let list = try required(options.masks, "options.masks")
  guard options.mask_count >= 1, options.mask_count <= 1 << 28 else {
    throw AblateError(
      .invalidArgument, "options.mask_count is \(UInt(bitPattern: options.mask_count)): at least 1, at most 2^28")
  }
  var result: [Mask] = []
  for index in 0..<options.mask_count { result.append(try masks.object(list[index], "an element of options.masks")) }
  return result
}
