import AblateModel
import AblateONNX
import AblateRuntime
import CAblate

@_cdecl("ablate_model_save") public func modelSave(
  _ model: OpaquePointer?, _ path: UnsafePointer<CChar>?
) -> ablate_status {
  status { () throws(AblateError) in
    let path = try text(path, "path")
    try ONNXModel.save(try models.object(model, "model").model, path: path)
  }
}

@_cdecl("ablate_model_save_memory") public func modelSaveMemory(
  _ model: OpaquePointer?, _ outBytes: UnsafeMutableRawPointer?, _ capacity: Int,
  _ outCount: UnsafeMutablePointer<Int>?
) -> ablate_status {
  status { () throws(AblateError) in
    let model = try models.object(model, "model").model
    let outCount = try required(outCount, "outCount")
    let out = capacity == 0 ? nil : try required(outBytes, "outBytes")
    try ONNXModel.save(model) { (count) throws(AblateError) in
      outCount.pointee = count
      guard let out else { return nil }
      try requireRoom(capacity, for: count)
      return out.bindMemory(to: UInt8.self, capacity: count)
    }
  }
}
