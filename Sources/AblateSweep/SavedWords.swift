import AblateRuntime
import CPlatform

/// An open file of words.
final class SavedWords {
  private let path: String
  private let file: Int32
  let count: Int

  init(_ path: String) throws(AblateError) {
    let file = path.withCText { cplatform_file_open($0) }
    if file < 0 { throw .io("read", path, -file) }
    let size = cplatform_file_size(file)
    if size < 0 || size % 8 != 0 {
      cplatform_file_close(file)
      throw size < 0
        ? .io("read", path, Int32(truncatingIfNeeded: -size))
        : AblateError(.malformed, "'\(path)' is no saved sweep, or a truncated one: it has \(size) bytes")
    }
    self.path = path
    self.file = file
    count = Int(size) / 8
  }

  deinit { cplatform_file_close(file) }

  /// The first words.
  func read(_ count: Int) throws(AblateError) -> Buffer<UInt64> {
    let words = try Buffer<UInt64>(count: count)
    let failure = cplatform_file_read(file, words.pointer, count * 8, 0)
    if failure != 0 { throw .io("read", path, failure) }
    return words
  }
}

extension AblateError {
  static func io(_ verb: String, _ path: String, _ code: Int32) -> AblateError {
    var text: [UInt8] = Array(repeating: 0, count: 128)
    text.withUnsafeMutableBytes { cplatform_error_text(code, $0.baseAddress, $0.count) }
    return AblateError(.io, "cannot \(verb) '\(path)': \(String(decoding: text.prefix { $0 != 0 }, as: UTF8.self))")
  }
}
