import AblateModel
import AblateONNX
import AblateRuntime

/// A made ONNX file. Field numbers are those of onnx.proto.
struct TestFile {
  var nodes: [Protobuf] = []
  var initializers: [Protobuf] = []
  var inputs: [Protobuf] = []
  var outputs: [Protobuf] = []
  var opsets: [(domain: String, version: Int64)] = [("", 17), ("ai.onnx.ml", 1)]
  var producer = ""
  var hasGraph = true

  var bytes: [UInt8] {
    var graph = Protobuf()
    for node in nodes { graph.message(1, node) }
    for tensor in initializers { graph.message(5, tensor) }
    for input in inputs { graph.message(11, input) }
    for output in outputs { graph.message(12, output) }
    var model = Protobuf()
    model.integer(1, 8)
    model.text(2, producer)
    if hasGraph { model.message(7, graph) }
    for opset in opsets {
      var set = Protobuf()
      set.text(1, opset.domain)
      set.integer(2, opset.version)
      model.message(8, set)
    }
    return model.bytes
  }

  func load(directory: String? = nil) throws(AblateError) -> Model { try Self.load(bytes, directory: directory) }

  static func load(_ bytes: [UInt8], directory: String? = nil) throws(AblateError) -> Model {
    // A block of exactly that size, so that the address sanitizer sees reads beyond it.
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { copy.deallocate() }
    copy.copyBytes(from: bytes)
    return try ONNXModel.load(bytes: UnsafeRawBufferPointer(copy), directory: directory)
  }

  /// The error that loading throws; nil if it loads.
  func error(directory: String? = nil) -> AblateError? {
    do throws(AblateError) {
      _ = try load(directory: directory)
      return nil
    } catch {
      return error
    }
  }

  // MARK: - Parts

  static func value(_ name: String, _ dims: [Int64?], type: Int64 = 1) -> Protobuf {
    var shape = Protobuf()
    for dim in dims {
      var axis = Protobuf()
      if let dim { axis.integer(1, dim) } else { axis.text(2, "N") }
      shape.message(1, axis)
    }
    var tensor = Protobuf()
    tensor.integer(1, type)
    tensor.message(2, shape)
    var wrapped = Protobuf()
    wrapped.message(1, tensor)
    var value = Protobuf()
    value.text(1, name)
    value.message(2, wrapped)
    return value
  }

  static func tensor(_ name: String, _ dims: [Int64], type: Int64 = 1, fill: (inout Protobuf) -> Void) -> Protobuf {
    var tensor = Protobuf()
    tensor.packed(1, dims)
    tensor.integer(2, type)
    tensor.text(8, name)
    fill(&tensor)
    return tensor
  }

  static func floats(_ name: String, _ dims: [Int64], _ values: [Float]) -> Protobuf {
    tensor(name, dims) { $0.packed(4, values) }
  }

  static func integers(_ name: String, _ values: [Int64]) -> Protobuf {
    tensor(name, [Int64(values.count)], type: 7) { $0.packed(7, values) }
  }

  static func external(_ name: String, _ dims: [Int64], _ entries: [(String, String)]) -> Protobuf {
    tensor(name, dims) { tensor in
      for (key, value) in entries {
        var entry = Protobuf()
        entry.text(1, key)
        entry.text(2, value)
        tensor.message(13, entry)
      }
      tensor.integer(14, 1)
    }
  }

  static func node(
    _ type: String, _ inputs: [String], _ outputs: [String], name: String = "", domain: String = "",
    _ attributes: [Protobuf] = []
  ) -> Protobuf {
    var node = Protobuf()
    for input in inputs { node.text(1, input) }
    for output in outputs { node.text(2, output) }
    if !name.isEmpty { node.text(3, name) }
    node.text(4, type)
    for attribute in attributes { node.message(5, attribute) }
    if !domain.isEmpty { node.text(7, domain) }
    return node
  }

  static func attribute(_ name: String, _ value: Int64) -> Protobuf {
    var attribute = Protobuf()
    attribute.text(1, name)
    attribute.integer(3, value)
    attribute.integer(20, 2)
    return attribute
  }

  static func attribute(_ name: String, _ value: Float) -> Protobuf {
    var attribute = Protobuf()
    attribute.text(1, name)
    attribute.float(2, value)
    attribute.integer(20, 1)
    return attribute
  }

  static func attribute(_ name: String, _ values: [Int64]) -> Protobuf {
    var attribute = Protobuf()
    attribute.text(1, name)
    attribute.packed(8, values)
    attribute.integer(20, 7)
    return attribute
  }

  // MARK: - Whole files

  /// relu(x W1' + b1) W2 + b2, of 2, 3 and 2 values.
  static var network: TestFile {
    TestFile(
      nodes: [
        node("Gemm", ["x", "fc1.weight", "fc1.bias"], ["h"], name: "first", [attribute("transB", Int64(1))]),
        node("Relu", ["h"], ["a"], name: "act"),
        node("MatMul", ["a", "w2"], ["m"], name: "second"),
        node("Add", ["m", "b2"], ["y"], name: "bias"),
      ],
      initializers: [
        floats("fc1.weight", [3, 2], [1, 2, 3, 4, 5, 6]), floats("fc1.bias", [3], [0.5, -0.5, 1]),
        floats("w2", [3, 2], [1, -1, 2, -2, 3, -3]), floats("b2", [1, 2], [0.25, -0.25]),
      ],
      inputs: [value("x", [nil, 2])], outputs: [value("y", [nil, 2])])
  }

  /// A dense layer of 2 by 2 behind the given nodes, which make "a" from "x".
  static func behind(_ nodes: [Protobuf], _ initializers: [Protobuf] = [], input: [Int64?] = [nil, 2]) -> TestFile {
    TestFile(
      nodes: nodes + [node("MatMul", ["a", "w"], ["y"], name: "last")],
      initializers: initializers + [floats("w", [2, 2], [1, 2, 3, 4])], inputs: [value("x", input)],
      outputs: [value("y", [nil, 2])])
  }
}

extension Layer {
  /// [units, inputs]
  var weights: [Float] { withExtendedLifetime(self) { Array(weightValues) } }

  var biases: [Float] { withExtendedLifetime(self) { Array(biasValues) } }
}
