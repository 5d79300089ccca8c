import AblateModel
import AblateRuntime
import CPlatform

/// Reads models from ONNX files: dense and convolutional networks, whatever operators an exporter made of them.
///
/// **Networks.** Dense layers, convolutions and pooling over one or two axes, and paths that part and join. The first axis is that of the
/// rows: nothing may combine, take apart or reorder rows. Parts of a row, padding, other orders of its axes and nearest neighbours become
/// one table of places; interpolation becomes one of places and weights. What can be computed without the input is a constant: shapes,
/// ranges, arithmetic. Not read: recurrent layers, attention, windows over three axes, whole numbers in place of floats, control flow.
///
/// **Versions.** Opsets from 7 on. A newer opset than any we know is read as the newest one: the meaning of an operator changes only
/// with a new version of it, which a file cannot announce.
///
/// **Head.** Softmax, log-softmax and `[1 - p, p]` at the end give the head of that name; a sigmoid at the end gives `binary` for one
/// score and `multilabel` for more. Bare scores are `logits`, or `regression` if there is only one; a file of skl2onnx whose output is
/// called "variable" (its regressors) is `regression` however many there are. Labels and maps behind the scores are skipped, and the
/// names of classes in them kept.
///
/// **Arithmetic.** Scalings behind a dense layer, batch normalisation among them, are multiplied into its weights in double precision;
/// others are steps of their own. Models in double, half or bfloat16 precision are computed in float32.
public enum ONNXModel {
  /// Reads a file; tensors stored outside it are looked for in its directory, and nowhere else.
  ///
  /// - Throws: `io`, `malformed`, `unsupported` or `outOfMemory`. The message starts with the path.
  @export(interface) public static func load(path: String) throws(AblateError) -> Model {
    do throws(AblateError) {
      let bytes = try read(path)
      return try load(
        bytes: UnsafeRawBufferPointer(start: bytes.pointer, count: bytes.count), directory: directory(of: path))
    } catch {
      throw AblateError(error.kind, "'\(path)': \(error.message)")
    }
  }

  /// Reads a file's bytes, which are not kept; tensors stored outside are looked for in `directory`, and nowhere else. Without one, a
  /// model that has such tensors is `unsupported`.
  ///
  /// - Throws: `io`, `malformed`, `unsupported` or `outOfMemory`.
  @export(interface) public static func load(bytes: UnsafeRawBufferPointer, directory: String?) throws(AblateError)
    -> Model
  {
    guard bytes.count <= sizeLimit else { throw AblateError(.malformed, "no ONNX file is larger than 2 GiB") }
    let graph = try Graph(Source(bytes: bytes, directory: directory))
    let evaluation = try Evaluation(graph)
    do throws(AblateError) {
      return try evaluation.assemble(try evaluation.target())
    } catch {
      // Taken for a row of its own, a position may have been torn from what it belongs to.
      guard error.kind == .unsupported, evaluation.isNarrowed else { throw error }
      let again = try Evaluation(graph, narrows: false)
      return try again.assemble(try again.target())
    }
  }

  /// What protobuf allows.
  private static let sizeLimit = 1 << 31

  private static func read(_ path: String) throws(AblateError) -> Buffer<UInt8> {
    let file = path.withCText { cplatform_file_open($0) }
    guard file >= 0 else { throw AblateError.io("read the file", -file) }
    defer { cplatform_file_close(file) }
    let size = cplatform_file_size(file)
    guard size >= 0 else { throw AblateError.io("read the file", Int32(clamping: -size)) }
    guard size <= sizeLimit else { throw AblateError(.malformed, "no ONNX file is larger than 2 GiB") }
    let bytes = try Buffer<UInt8>(count: Int(size))
    let failure = cplatform_file_read(file, bytes.pointer, bytes.count, 0)
    guard failure == 0 else { throw AblateError.io("read the file", failure) }
    return bytes
  }

  private static func directory(of path: String) -> String {
    let path = path.bytes
    guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == 0 ? "/" : String(decoding: path[..<slash], as: UTF8.self)
  }
}

extension AblateError {
  /// The system refused to give or take a file.
  static func io(_ what: ErrorText, _ code: Int32) -> AblateError {
    var text: [UInt8] = Array(repeating: 0, count: 128)
    text.withUnsafeMutableBytes { cplatform_error_text(code, $0.baseAddress, $0.count) }
    return AblateError(.io, "cannot \(what): \(String(decoding: text.prefix { $0 != 0 }, as: UTF8.self))")
  }
}
