import AblateRuntime
import CONNX

/// The kinds of attributes that are read. Raw values are ONNX's.
enum AttributeKind: Int32 {
  case float = 1
  case integer = 2
  case text = 3
  case tensor = 4
  case floats = 6
  case integers = 7
  case texts = 8
}

extension Node {
  /// The attribute of that name, nil if the node does not have it.
  ///
  /// - Throws: `malformed` if it is of another kind.
  func attribute(_ name: StaticString, _ kind: AttributeKind) throws(AblateError) -> Connx__Attribute? {
    for index in 0..<proto.n_attribute {
      guard let attribute = proto.attribute[index]?.pointee, attribute.name.equals(name) else { continue }
      // Files of the first versions of ONNX do not say the kind.
      guard attribute.type == 0 || attribute.type == kind.rawValue else {
        throw malformed("attribute '\(name)' is of kind \(attribute.type), expected \(kind.rawValue)")
      }
      return attribute
    }
    return nil
  }

  func integer(_ name: StaticString, default value: Int) throws(AblateError) -> Int {
    guard let attribute = try attribute(name, .integer) else { return value }
    return Int(attribute.i)
  }

  func float(_ name: StaticString, default value: Float) throws(AblateError) -> Float {
    guard let attribute = try attribute(name, .float) else { return value }
    guard attribute.f.isFinite else { throw malformed("attribute '\(name)' is not finite") }
    return attribute.f
  }

  func integers(_ name: StaticString) throws(AblateError) -> [Int]? {
    guard let attribute = try attribute(name, .integers) else { return nil }
    var values: [Int] = []
    for index in 0..<attribute.n_ints { values.append(Int(attribute.ints[index])) }
    return values
  }

  func floats(_ name: StaticString) throws(AblateError) -> [Float]? {
    guard let attribute = try attribute(name, .floats) else { return nil }
    return Array(UnsafeBufferPointer(start: attribute.floats, count: attribute.n_floats))
  }

  func texts(_ name: StaticString) throws(AblateError) -> [String]? {
    guard let attribute = try attribute(name, .texts) else { return nil }
    var values: [String] = []
    for index in 0..<attribute.n_strings {
      values.append(
        try attribute.strings[index].wholeText("\(description): text \(index) of attribute '\(name)'"))
    }
    return values
  }
}
