import AblateRuntime

/// A NUL-terminated copy of a text.
final class CText: Sendable {
  private let bytes: Buffer<CChar>

  init(_ text: String) throws(AblateError) {
    let utf8 = text.bytes
    bytes = try Buffer(count: utf8.count + 1)
    for (index, byte) in utf8.enumerated() { bytes.pointer[index] = CChar(bitPattern: byte) }
  }

  var pointer: UnsafePointer<CChar> { UnsafePointer(bytes.pointer) }

  static func list(_ texts: [String]) throws(AblateError) -> [CText] {
    var list: [CText] = []
    for text in texts { list.append(try CText(text)) }
    return list
  }
}
