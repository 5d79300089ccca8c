import AblateRuntime
import CONNX

/// Text or data of a parsed file; valid while the file lives.
typealias Bytes = ProtobufCBinaryData

extension ProtobufCBinaryData {
  var values: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: data, count: data == nil ? 0 : len) }

  var isEmpty: Bool { values.isEmpty }

  /// As text; bytes that are no UTF-8 are replaced.
  var text: String { String(decoding: values, as: UTF8.self) }

  /// As text of which nothing is lost.
  ///
  /// - Throws: `malformed`, with `what` they are, if the bytes are no UTF-8, or have a NUL, where texts of C end.
  func wholeText(_ what: @autoclosure () -> ErrorText) throws(AblateError) -> String {
    guard !values.contains(0), let text = String(validating: values, as: UTF8.self) else {
      throw AblateError(.malformed, "\(what()) is no UTF-8 or has a NUL")
    }
    return text
  }

  /// As a text, of which no more is decoded than is shown.
  var quoted: String { Bytes(len: min(String.mostQuoted + 1, values.count), data: data).text.quoted }

  /// Whether the bytes are those of `other`.
  func equals(_ other: StaticString) -> Bool {
    guard values.count == other.utf8CodeUnitCount else { return false }
    for index in values.indices where values[index] != other.utf8Start[index] { return false }
    return true
  }

  func isText(_ other: String) -> Bool {
    var result = false
    other.withBytes { result = values.elementsEqual($0) }
    return result
  }

  func hasPrefix(_ prefix: StaticString) -> Bool {
    guard values.count >= prefix.utf8CodeUnitCount else { return false }
    for index in 0..<prefix.utf8CodeUnitCount where values[index] != prefix.utf8Start[index] { return false }
    return true
  }

  /// What is before `suffix`, if the bytes end with it and there is something before it.
  func dropping(suffix: StaticString) -> Bytes? {
    let rest = values.count - suffix.utf8CodeUnitCount
    guard rest > 0 else { return nil }
    for index in 0..<suffix.utf8CodeUnitCount where values[rest + index] != suffix.utf8Start[index] { return nil }
    return Bytes(len: rest, data: data)
  }

  /// What is behind `prefix`, if the bytes start with it.
  func dropping(prefix: StaticString) -> Bytes? {
    guard hasPrefix(prefix), let data else { return nil }
    return Bytes(len: values.count - prefix.utf8CodeUnitCount, data: data + prefix.utf8CodeUnitCount)
  }
}

extension ProtobufCBinaryData {
  func hasSame(_ other: Bytes) -> Bool { values.elementsEqual(other.values) }
}
