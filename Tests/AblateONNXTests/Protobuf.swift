/// Writes protobuf messages field by field, independently of the parser under test.
struct Protobuf {
  private(set) var bytes: [UInt8] = []

  mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func integer(_ field: Int, _ value: Int64) {
    varint(UInt64(field << 3))
    varint(UInt64(bitPattern: value))
  }

  mutating func data(_ field: Int, _ value: [UInt8]) {
    varint(UInt64(field << 3 | 2))
    varint(UInt64(value.count))
    bytes += value
  }

  mutating func text(_ field: Int, _ value: String) { data(field, Array(value.utf8)) }

  mutating func message(_ field: Int, _ value: Protobuf) { data(field, value.bytes) }

  mutating func float(_ field: Int, _ value: Float) {
    varint(UInt64(field << 3 | 5))
    bytes += Self.little(value.bitPattern)
  }

  mutating func packed(_ field: Int, _ values: [Float]) { data(field, values.flatMap { Self.little($0.bitPattern) }) }

  mutating func packed(_ field: Int, _ values: [Int64]) {
    var inner = Protobuf()
    for value in values { inner.varint(UInt64(bitPattern: value)) }
    data(field, inner.bytes)
  }

  static func little<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}
