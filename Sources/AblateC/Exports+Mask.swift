import AblateModel
import AblateRuntime
import CAblate

@_cdecl("ablate_mask_create") public func maskCreate(
  _ model: OpaquePointer?, _ outMask: UnsafeMutablePointer<OpaquePointer?>?
) -> ablate_status {
  status { () throws(AblateError) in
    let model = try models.object(model, "model").model
    let out = try required(outMask, "outMask")
    out.pointee = try masks.insert(Mask(model: model))
  }
}

@_cdecl("ablate_mask_free") public func maskFree(_ mask: OpaquePointer?) { masks.remove(mask) }

@_cdecl("ablate_mask_clear") public func maskClear(_ mask: OpaquePointer?) -> ablate_status {
  status { () throws(AblateError) in try masks.object(mask, "mask").clear() }
}

@_cdecl("ablate_mask_set_unit") public func maskSetUnit(
  _ mask: OpaquePointer?, _ layer: Int, _ unit: Int, _ ablated: Int32
) -> ablate_status {
  status { () throws(AblateError) in try masks.object(mask, "mask").set(layer: layer, unit: unit, ablated: ablated != 0)
  }
}

@_cdecl("ablate_mask_set_units") public func maskSetUnits(
  _ mask: OpaquePointer?, _ layer: Int, _ units: UnsafePointer<Int>?, _ count: Int, _ ablated: Int32
) -> ablate_status {
  status { () throws(AblateError) in
    let mask = try masks.object(mask, "mask")
    let units = try rowsPointer(units, "units", rows: count, width: 1)
    try mask.set(layer: layer, units: UnsafeBufferPointer(start: units, count: count), ablated: ablated != 0)
  }
}

@_cdecl("ablate_mask_fill_layer") public func maskFillLayer(
  _ mask: OpaquePointer?, _ layer: Int, _ ablated: Int32
) -> ablate_status {
  status { () throws(AblateError) in try masks.object(mask, "mask").fill(layer: layer, ablated: ablated != 0) }
}

@_cdecl("ablate_mask_set_layer") public func maskSetLayer(
  _ mask: OpaquePointer?, _ layer: Int, _ bytes: UnsafePointer<UInt8>?, _ count: Int
) -> ablate_status {
  status { () throws(AblateError) in
    let mask = try masks.object(mask, "mask")
    let bytes = try required(bytes, "bytes")
    try mask.model.require(layer: layer)
    try requireCount(count, is: mask.model.layers[layer].units, "count")
    try mask.set(layer: layer, bytes: UnsafeBufferPointer(start: bytes, count: count))
  }
}

@_cdecl("ablate_mask_get_layer") public func maskGetLayer(
  _ mask: OpaquePointer?, _ layer: Int, _ outBytes: UnsafeMutablePointer<UInt8>?, _ count: Int
) -> ablate_status {
  status { () throws(AblateError) in
    let mask = try masks.object(mask, "mask")
    let out = try required(outBytes, "outBytes")
    let bytes = try mask.bytes(layer: layer)
    try requireCount(count, is: bytes.count, "count")
    for unit in bytes.indices { out[unit] = bytes[unit] }
  }
}

@_cdecl("ablate_mask_set_synapse") public func maskSetSynapse(
  _ mask: OpaquePointer?, _ layer: Int, _ unit: Int, _ input: Int, _ ablated: Int32
) -> ablate_status {
  status { () throws(AblateError) in
    try masks.object(mask, "mask").set(layer: layer, unit: unit, input: input, ablated: ablated != 0)
  }
}

@_cdecl("ablate_mask_count") public func maskCount(
  _ mask: OpaquePointer?, _ outUnits: UnsafeMutablePointer<Int>?, _ outSynapses: UnsafeMutablePointer<Int>?
) -> ablate_status {
  status { () throws(AblateError) in
    let mask = try masks.object(mask, "mask")
    outUnits?.pointee = mask.unitCount
    outSynapses?.pointee = mask.synapseCount
  }
}

@_cdecl("ablate_mask_set_replacement") public func maskSetReplacement(
  _ mask: OpaquePointer?, _ described: UnsafePointer<ablate_replacement>?
) -> ablate_status {
  status { () throws(AblateError) in
    let mask = try masks.object(mask, "mask")
    try mask.setReplacement(try replacement(try read(described, "replacement")))
  }
}

@_cdecl("ablate_mask_set_unit_replacement") public func maskSetUnitReplacement(
  _ mask: OpaquePointer?, _ layer: Int, _ unit: Int, _ described: UnsafePointer<ablate_replacement>?
) -> ablate_status {
  status { () throws(AblateError) in
    let mask = try masks.object(mask, "mask")
    let own = described == nil ? nil : try replacement(try read(described, "replacement"))
    try mask.setReplacement(own, layer: layer, unit: unit)
  }
}
