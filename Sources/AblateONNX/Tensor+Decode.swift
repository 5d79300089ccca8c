import AblateRuntime
import CONNX

extension Tensor {
  /// Reads a tensor of the file, wherever its elements are.
  ///
  /// - Throws: `malformed` if its shape, type and data contradict each other, `unsupported` for a type that is not read.
  convenience init(_ proto: Connx__Tensor, of source: Source) throws(AblateError) {
    let name = proto.name.quoted
    guard let type = ElementType(rawValue: proto.data_type) else {
      let known = ElementType.known.contains(proto.data_type)
      throw AblateError(
        known ? .unsupported : .malformed,
        "tensor \(name) has element type \(proto.data_type), which is not \(known ? "read" : "known")")
    }
    guard !proto.has_segment.isSet else { throw AblateError(.unsupported, "tensor \(name) is stored in segments") }
    guard proto.n_dims <= Tensor.rankLimit else {
      throw AblateError(.malformed, "tensor \(name) has \(proto.n_dims) axes")
    }
    var dims: [Int] = []
    for axis in 0..<proto.n_dims { dims.append(Int(proto.dims[axis])) }
    guard let count = Tensor.count(of: dims) else {
      throw AblateError(.malformed, "tensor \(name) has a negative length, or more elements than can be counted")
    }
    let storage: Storage
    if proto.data_location == 1 {
      storage = try Self.external(proto, type, count, source)
    } else if proto.has_raw_data.isSet && !proto.raw_data.isEmpty {
      storage = try Self.raw(UnsafeRawBufferPointer(proto.raw_data.values), type, count, name, source)
    } else {
      storage = try Self.typed(proto, type, count, source)
    }
    self.init(name: proto.name, dims: dims, type: type, count: count, storage: storage)
  }

  private static func external(
    _ proto: Connx__Tensor, _ type: ElementType, _ count: Int, _ source: Source
  ) throws(AblateError) -> Storage {
    let name = proto.name.quoted
    let (bytes, overflow) = count.multipliedReportingOverflow(by: type.size ?? 0)
    guard type.size != nil, !overflow else {
      throw AblateError(
        .malformed, "tensor \(name) of type \(type.name) and \(count) elements cannot be stored outside the file")
    }
    let buffer = try source.externalBytes(proto, count: bytes)
    return try raw(UnsafeRawBufferPointer(start: buffer.pointer, count: bytes), type, count, name, source)
  }

  private static func raw(
    _ bytes: UnsafeRawBufferPointer, _ type: ElementType, _ count: Int, _ name: String, _ source: Source
  ) throws(AblateError) -> Storage {
    guard let size = type.size, count <= bytes.count, bytes.count == count * size else {
      throw AblateError(
        .malformed,
        "tensor \(name) has \(bytes.count) bytes of data: its shape and type (\(type.name)) need \(count) elements")
    }
    if type.isFloat {
      let values = try source.buffer(Double.self, count: count)
      for index in 0..<count {
        values.pointer[index] =
          switch type {
          case .float: Double(Float(bitPattern: bytes.little(UInt32.self, index)))
          case .double: Double(bitPattern: bytes.little(UInt64.self, index))
          case .float16: Double(Half.float16(bytes.little(UInt16.self, index)))
          default: Double(Half.bfloat16(bytes.little(UInt16.self, index)))
          }
      }
      return .numbers(values)
    }
    let values = try source.buffer(Int64.self, count: count)
    for index in 0..<count {
      values.pointer[index] =
        switch type {
        case .int64: bytes.little(Int64.self, index)
        case .int32: Int64(bytes.little(Int32.self, index))
        case .int16: Int64(bytes.little(Int16.self, index))
        case .uint16: Int64(bytes.little(UInt16.self, index))
        case .int8: Int64(bytes.little(Int8.self, index))
        default: Int64(bytes.little(UInt8.self, index))
        }
    }
    return .integers(values)
  }

  private static func typed(
    _ proto: Connx__Tensor, _ type: ElementType, _ count: Int, _ source: Source
  ) throws(AblateError) -> Storage {
    let stored =
      switch type {
      case .float: proto.n_float_data
      case .double: proto.n_double_data
      case .int64: proto.n_int64_data
      case .string: proto.n_string_data
      default: proto.n_int32_data
      }
    guard stored == count else {
      throw AblateError(
        .malformed, "tensor \(proto.name.quoted) has \(stored) elements of type \(type.name): its shape needs \(count)")
    }
    switch type {
    case .string:
      var texts: [String] = []
      for index in 0..<count {
        texts.append(try proto.string_data[index].wholeText("text \(index) of tensor \(proto.name.quoted)"))
      }
      return .texts(texts)
    case .float, .double, .float16, .bfloat16:
      let values = try source.buffer(Double.self, count: count)
      for index in 0..<count {
        values.pointer[index] =
          switch type {
          case .float: Double(proto.float_data[index])
          case .double: proto.double_data[index]
          case .float16: Double(Half.float16(UInt16(truncatingIfNeeded: proto.int32_data[index])))
          default: Double(Half.bfloat16(UInt16(truncatingIfNeeded: proto.int32_data[index])))
          }
      }
      return .numbers(values)
    default:
      let values = try source.buffer(Int64.self, count: count)
      for index in 0..<count {
        values.pointer[index] = type == .int64 ? proto.int64_data[index] : Int64(proto.int32_data[index])
      }
      return .integers(values)
    }
  }
}

extension UnsafeRawBufferPointer {
  /// Element `index` of an array of little-endian numbers at any alignment.
  fileprivate func little<Number: FixedWidthInteger & BitwiseCopyable>(_ type: Number.Type, _ index: Int) -> Number {
    Number(littleEndian: loadUnaligned(fromByteOffset: index * MemoryLayout<Number>.size, as: type))
  }
}

extension protobuf_c_boolean {
  var isSet: Bool { self != 0 }
}
