import AblateRuntime
import CONNX

/// An ONNX file that is put together node by node, each on the values of the one before.
///
/// Opset 13 of IR version 7: what ONNX Runtime 1.6 and later, and the tools of its time, can read. Operators that came later are written
/// as those they consist of.
final class Writer {
  private let writer: OpaquePointer
  /// Numbers the names of values and constants.
  private var count = 0
  /// The name of what the last node gives. Nodes' own values get theirs when the next node comes.
  private(set) var value = "input"
  private var isOutputNamed = true
  /// What constants point to.
  private var kept: [Buffer<Float>] = []

  init(inputShape: [Int]) throws(AblateError) {
    guard let writer = connx_writer_create(Self.chars("libablate"), Self.chars("network"), 7, 13) else {
      throw AblateError(.outOfMemory, "out of memory")
    }
    self.writer = writer
    let dims = inputShape.map { Int64($0) }
    Self.with(value) { connx_writer_input(writer, $0, dims, dims.count) }
    if inputShape.count > 1 {
      add("Flatten")
      set("axis", integer: 1)
    }
  }

  deinit { connx_writer_free(writer) }

  /// Adds a node; without inputs, on the value of the one before. Attributes follow.
  func add(_ type: StaticString, _ inputs: [String]? = nil, name: String = "") {
    nameOutput(value)
    Self.with(name) { connx_writer_node(writer, Self.chars(type), $0) }
    for input in inputs ?? [value] { Self.with(input) { connx_writer_node_input(writer, $0) } }
    value = newName("value_")
    isOutputNamed = false
  }

  private func nameOutput(_ name: String) {
    if isOutputNamed { return }
    Self.with(name) { connx_writer_node_output(writer, $0) }
    isOutputNamed = true
  }

  func set(_ attribute: StaticString, float number: Float) {
    connx_writer_node_float(writer, Self.chars(attribute), number)
  }

  func set(_ attribute: StaticString, integer number: Int64) {
    connx_writer_node_integer(writer, Self.chars(attribute), number)
  }

  /// No name of a step makes it: those end in a point and a word.
  private func newName(_ prefix: String) -> String {
    count += 1
    return composed("\(prefix)\(count)")
  }

  /// A constant that a step owns. The values are not copied.
  func constant(_ kind: StaticString, of step: String, _ values: Buffer<Float>, dims: [Int]) -> String {
    kept.append(values)
    // What begins like this is no name to readers of PyTorch's files, ours among them.
    let name = step.isEmpty ? newName(composed("onnx::\(kind)_")) : composed("\(step).\(kind)")
    let lengths = dims.map { Int64($0) }
    Self.with(name) {
      connx_writer_tensor(writer, $0, lengths, lengths.count, values.pointer, lengths.reduce(1) { $0 * Int($1) })
    }
    return name
  }

  func constant(_ number: Float) throws(AblateError) -> String {
    let value = try Buffer<Float>(count: 1)
    value.pointer[0] = number
    return constant("constant", of: "", value, dims: [])
  }

  /// Makes what the last node gives the output, [rows, width].
  func finish(_ name: String, width: Int) {
    nameOutput(name)
    let dims = [Int64(width)]
    Self.with(name) { connx_writer_output(writer, $0, dims, 1) }
  }

  func addMetadata(_ key: String, _ text: String) {
    Self.with(key) { key in Self.with(text) { connx_writer_metadata(writer, key, $0) } }
  }

  /// Of the file, in bytes.
  var size: Int {
    get throws(AblateError) {
      let size = connx_writer_size(writer)
      // SIZE_MAX
      if size == -1 { throw AblateError(.outOfMemory, "out of memory") }
      guard size >= 0, size <= Self.sizeLimit else {
        throw AblateError(.unsupported, "the file would be larger than 2 GiB, which ONNX does not allow")
      }
      return size
    }
  }

  /// What protobuf allows.
  private static var sizeLimit: Int { Int(Int32.max) }

  func write(to bytes: UnsafeMutablePointer<UInt8>) { connx_writer_write(writer, bytes) }

  private static func chars(_ text: StaticString) -> UnsafePointer<CChar> {
    UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
  }

  private static func with(_ text: String, _ body: (connx_text) -> Void) {
    var text = text
    text.withUTF8 { utf8 in
      utf8.withMemoryRebound(to: CChar.self) { body(connx_text(start: $0.baseAddress, count: $0.count)) }
    }
  }
}
