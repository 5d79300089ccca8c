import AblateModel
import AblateRuntime
import CPlatform

extension ONNXModel {
  /// Writes a model to a file, in place of the one that is there: whole, or not at all. `load` gives it back with the same names, head,
  /// class labels and scores.
  ///
  /// - Throws: `io`; `unsupported` for more than 2 GiB; `outOfMemory`. The message starts with the path.
  public static func save(_ model: Model, path: String) throws(AblateError) {
    do throws(AblateError) {
      let writer = try written(model)
      let bytes = try Buffer<UInt8>(count: try writer.size)
      writer.write(to: bytes.pointer)
      let failure = path.withCText { cplatform_file_replace($0, bytes.pointer, bytes.count) }
      guard failure == 0 else { throw AblateError.io("write the file", failure) }
    } catch {
      throw AblateError(error.kind, "'\(path)': \(error.message)")
    }
  }

  /// The same into memory.
  ///
  /// - Parameter room: gets the number of bytes, and gives where they go, or nil.
  public static func save(
    _ model: Model, to room: (_ count: Int) throws(AblateError) -> UnsafeMutablePointer<UInt8>?
  ) throws(AblateError) {
    let writer = try written(model)
    if let bytes = try room(try writer.size) { writer.write(to: bytes) }
  }

  private static func written(_ model: Model) throws(AblateError) -> Writer {
    let writer = try Writer(inputShape: model.inputShape)
    for index in model.steps.indices { try writer.add(index, of: model) }
    writer.readFlat(model.steps.count)
    try writer.add(model.head, outputs: try model.width(of: .model))
    if let labels = model.classLabels { writer.add(labels: labels) }
    return writer
  }
}
