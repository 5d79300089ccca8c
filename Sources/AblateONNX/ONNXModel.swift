import AblateModel
import AblateRuntime

/// Reads models from ONNX files.
public enum ONNXModel {
  /// Reads a file; tensors stored outside it are looked for in its directory.
  public static func load(path: String) throws(AblateError) -> Model {
    throw AblateError(.unsupported, path)
  }

  /// Reads a file's bytes; tensors stored outside are looked for in `directory`.
  public static func load(bytes: UnsafeRawBufferPointer, directory: String?) throws(AblateError) -> Model {
    throw AblateError(.unsupported, "")
  }
}
