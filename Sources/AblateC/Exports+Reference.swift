import AblateModel
import AblateRuntime
import CAblate

@_cdecl("ablate_reference_create") public func referenceCreate(
  _ model: OpaquePointer?, _ x: UnsafePointer<Float>?, _ rows: Int, _ keepRows: Int32, _ threads: Int,
  _ outReference: UnsafeMutablePointer<OpaquePointer?>?
) -> ablate_status {
  status { () throws(AblateError) in
    let model = try models.object(model, "model").model
    let out = try required(outReference, "outReference")
    let x = try someRows(x, "x", rows: rows, width: model.inputWidth)
    out.pointee = try references.insert(
      Reference(model: model, x: x, rows: rows, keepRows: keepRows != 0, threads: threads))
  }
}

@_cdecl("ablate_reference_free") public func referenceFree(_ reference: OpaquePointer?) { references.remove(reference) }

@_cdecl("ablate_reference_means") public func referenceMeans(
  _ reference: OpaquePointer?, _ layer: Int, _ outMeans: UnsafeMutablePointer<Float>?, _ count: Int
) -> ablate_status {
  status { () throws(AblateError) in
    let reference = try references.object(reference, "reference")
    let out = try required(outMeans, "outMeans")
    try reference.model.require(layer: layer)
    let means = reference.means(layer: layer)
    try requireCount(count, is: means.count, "count")
    if let start = means.baseAddress { out.copy(from: start, count: count) }
  }
}

/// A replacement as the caller describes it, for a model.
func replacement(_ described: ablate_replacement) throws(AblateError) -> Replacement {
  switch described.kind {
  case .ABLATE_REPLACEMENT_ZERO: return .zero
  case .ABLATE_REPLACEMENT_DEAD: return .dead
  case .ABLATE_REPLACEMENT_MEAN: return .mean(try references.object(described.reference, "replacement.reference"))
  case .ABLATE_REPLACEMENT_CONSTANT: return .constant(described.constant)
  case .ABLATE_REPLACEMENT_RESAMPLE:
    let reference = try references.object(described.reference, "replacement.reference")
    return .resample(try Resampling(reference: reference, seed: described.seed))
  default:
    throw noEnumerator(described.kind.rawValue, "replacement.kind")
  }
}

/// The replacement among a caller's options: zeros if it is NULL.
func replacementOption(_ described: UnsafePointer<ablate_replacement>?) throws(AblateError) -> Replacement {
  described == nil ? .zero : try replacement(try read(described, "options.replacement"))
}
