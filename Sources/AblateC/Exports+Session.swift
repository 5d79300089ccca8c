import AblateModel
import AblateRuntime
import CAblate

@_cdecl("ablate_session_create") public func sessionCreate(
  _ model: OpaquePointer?, _ threads: Int, _ outSession: UnsafeMutablePointer<OpaquePointer?>?
) -> ablate_status {
  status { () throws(AblateError) in
    let model = try models.object(model, "model").model
    let out = try required(outSession, "outSession")
    out.pointee = try sessions.insert(Exclusive(Session(model: model, threads: threads), noun: "session"))
  }
}

@_cdecl("ablate_session_free") public func sessionFree(_ session: OpaquePointer?) { sessions.remove(session) }

@_cdecl("ablate_run") public func run(
  _ session: OpaquePointer?, _ mask: OpaquePointer?, _ x: UnsafePointer<Float>?, _ rows: Int, _ output: ablate_output,
  _ out: UnsafeMutablePointer<Float>?
) -> ablate_status {
  status { () throws(AblateError) in
    let session = try sessions.object(session, "session")
    let mask = try masks.optional(mask, "mask")
    let output: Output = try enumerator(output.rawValue, "output")
    try session.use { session throws(AblateError) in
      let width = try session.model.width(of: output)
      let x = try rowsPointer(x, "x", rows: rows, width: session.model.inputWidth)
      let out = try rowsPointer(out, "out", rows: rows, width: width)
      try session.require(mask)
      if let x, let out { try session.run(x, rows: rows, mask: mask, output: output, into: out) }
    }
  }
}

@_cdecl("ablate_predict") public func predict(
  _ session: OpaquePointer?, _ mask: OpaquePointer?, _ x: UnsafePointer<Float>?, _ rows: Int,
  _ outLabels: UnsafeMutablePointer<Int32>?
) -> ablate_status {
  status { () throws(AblateError) in
    let session = try sessions.object(session, "session")
    let mask = try masks.optional(mask, "mask")
    try session.use { session throws(AblateError) in
      try session.model.requirePredictions()
      let x = try rowsPointer(x, "x", rows: rows, width: session.model.inputWidth)
      let labels = try rowsPointer(outLabels, "outLabels", rows: rows, width: session.model.predictionWidth)
      try session.require(mask)
      if let x, let labels { try session.predict(x, rows: rows, mask: mask, into: labels) }
    }
  }
}

@_cdecl("ablate_activations") public func activations(
  _ session: OpaquePointer?, _ mask: OpaquePointer?, _ x: UnsafePointer<Float>?, _ rows: Int, _ layer: Int,
  _ point: ablate_point, _ out: UnsafeMutablePointer<Float>?
) -> ablate_status {
  status { () throws(AblateError) in
    let session = try sessions.object(session, "session")
    let mask = try masks.optional(mask, "mask")
    let point: Point = try enumerator(point.rawValue, "point")
    try session.use { session throws(AblateError) in
      try session.model.require(layer: layer)
      let x = try rowsPointer(x, "x", rows: rows, width: session.model.inputWidth)
      let out = try rowsPointer(out, "out", rows: rows, width: session.model.layers[layer].shape.count)
      try session.require(mask)
      if let x, let out { try session.activations(x, rows: rows, mask: mask, layer: layer, point: point, into: out) }
    }
  }
}
