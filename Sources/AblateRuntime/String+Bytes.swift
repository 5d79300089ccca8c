// Texts as runs of bytes. What Swift offers for the UTF-8 of a String knows all the ways one can be stored, anew in every place it is used.

extension String {
  /// Calls `body` with the UTF-8 of the text.
  @inline(never)
  public func withBytes(_ body: (UnsafeBufferPointer<UInt8>) -> Void) {
    var copy = self
    copy.withUTF8 { body($0) }
  }

  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    withBytes { bytes = Array($0) }
    return bytes
  }

  /// Below 0, 0 or above 0 as the bytes come before, are, or come behind those of another text in order.
  @inline(never)
  public func compareBytes(_ other: String) -> Int {
    var result = 0
    withBytes { own in
      other.withBytes { others in
        for index in 0..<min(own.count, others.count) where result == 0 {
          result = Int(own[index]) - Int(others[index])
        }
        if result == 0 { result = own.count - others.count }
      }
    }
    return result
  }

  public func hasSameBytes(as other: String) -> Bool { compareBytes(other) == 0 }

  /// In quotes for error messages, which one long text must not fill, nor one with a NUL end.
  public var quoted: String {
    let all = bytes
    let start = all.prefix(Self.mostQuoted).map { $0 < UInt8(ascii: " ") ? UInt8(ascii: "?") : $0 }
    let end: StaticString = all.count > Self.mostQuoted ? "..." : ""
    return composed("'\(String(decoding: start, as: UTF8.self))\(end)'")
  }

  /// Bytes of a text that an error message has room for.
  public static var mostQuoted: Int { 80 }

  /// Calls `body` with the text and a NUL behind it.
  @inline(never)
  public func withCText(_ body: (UnsafePointer<CChar>) -> Int32) -> Int32 {
    let text = bytes + [0]
    return text.withUnsafeBytes { $0.baseAddress.map { body($0.assumingMemoryBound(to: CChar.self)) } ?? 0 }
  }
}
