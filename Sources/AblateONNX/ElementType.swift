/// The element types of tensors that are read. Raw values are ONNX's.
enum ElementType: Int32 {
  case float = 1
  case uint8 = 2
  case int8 = 3
  case uint16 = 4
  case int16 = 5
  case int32 = 6
  case int64 = 7
  case string = 8
  case bool = 9
  case float16 = 10
  case double = 11
  case bfloat16 = 16

  /// The largest number that ONNX gives a meaning.
  static let known: ClosedRange<Int32> = 1...28

  /// Bytes per element in raw data; nil for text.
  var size: Int? {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16, .float16, .bfloat16: 2
    case .float, .int32: 4
    case .double, .int64: 8
    case .string: nil
    }
  }

  var isFloat: Bool {
    switch self {
    case .float, .float16, .bfloat16, .double: true
    default: false
    }
  }

  var name: StaticString {
    switch self {
    case .float: "float"
    case .uint8: "uint8"
    case .int8: "int8"
    case .uint16: "uint16"
    case .int16: "int16"
    case .int32: "int32"
    case .int64: "int64"
    case .string: "string"
    case .bool: "bool"
    case .float16: "float16"
    case .double: "double"
    case .bfloat16: "bfloat16"
    }
  }
}
