import AblateModel
import AblateRuntime
import CAblate

@_cdecl("ablate_rows_from_images") public func rowsFromImages(
  _ model: OpaquePointer?, _ images: UnsafePointer<UInt8>?, _ rows: Int, _ height: Int, _ width: Int, _ channels: Int,
  _ mean: UnsafePointer<Float>?, _ scale: UnsafePointer<Float>?, _ outX: UnsafeMutablePointer<Float>?
) -> ablate_status {
  status { () throws(AblateError) in
    let model = try models.object(model, "model").model
    let pictures = try ImageRows(model: model, height: height, width: width, channels: channels)
    let images = try rowsPointer(images, "images", rows: rows, width: model.inputWidth)
    let out = try rowsPointer(outX, "outX", rows: rows, width: model.inputWidth)
    for (values, name) in [(mean, "mean"), (scale, "scale")] {
      guard let values else { continue }
      for channel in 0..<pictures.parameterCount where !values[channel].isFinite {
        throw AblateError(.invalidArgument, "\(name) of channel \(channel) is not finite")
      }
    }
    if let images, let out { pictures.write(images, rows: rows, mean: mean, scale: scale, into: out) }
  }
}
