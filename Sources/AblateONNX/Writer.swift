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
  /// The name of what the next node reads: in general, of what the last one gives.
  var value = "input"
  /// The name of what the last node gives, which it gets when the next one comes.
  private var output: String?
  /// Of each point of the model so far.
  var points: [Point]
  /// What constants point to.
  private var kept: [Buffer<Float>] = []
  private var keptIndices: [Buffer<Int32>] = []

  init(inputShape: [Int]) throws(AblateError) {
    guard let writer = connx_writer_create(Self.chars("libablate"), Self.chars("network"), 7, 13) else {
      throw AblateError(.outOfMemory, "out of memory")
    }
    self.writer = writer
    points = [Point(flat: inputShape.count == 1 ? value : nil)]
    let dims = inputShape.map { Int64($0) }
    connx_writer_input(writer, text(value), dims, dims.count)
  }

  deinit { connx_writer_free(writer) }

  /// Adds a node; without inputs, on the value of the one before. Attributes follow.
  func add(_ type: StaticString, _ inputs: [String]? = nil, name: String = "") {
    if let output { nameOutput(output) }
    connx_writer_node(writer, Self.chars(type), text(name))
    for input in inputs ?? [value] { connx_writer_node_input(writer, text(input)) }
    value = newName("value_")
    output = value
  }

  private func nameOutput(_ name: String) {
    if output == nil { return }
    connx_writer_node_output(writer, text(name))
    output = nil
  }

  func set(_ attribute: StaticString, float number: Float) {
    connx_writer_node_float(writer, Self.chars(attribute), number)
  }

  func set(_ attribute: StaticString, integer number: Int64) {
    connx_writer_node_integer(writer, Self.chars(attribute), number)
  }

  func set(_ attribute: StaticString, integers numbers: [Int]) {
    let numbers = numbers.map { Int64($0) }
    connx_writer_node_integers(writer, Self.chars(attribute), numbers, numbers.count)
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
    connx_writer_tensor(
      writer, text(name), lengths, lengths.count, values.pointer, lengths.reduce(1) { $0 * Int($1) })
    return name
  }

  /// Places among the values of a row. They are not copied.
  func constant(_ indices: Buffer<Int32>) -> String {
    keptIndices.append(indices)
    let name = newName("indices_")
    connx_writer_indices(writer, text(name), indices.pointer, indices.count)
    return name
  }

  func constant(integers: [Int]) -> String {
    let name = newName("lengths_")
    let numbers = integers.map { Int64($0) }
    connx_writer_integers(writer, text(name), numbers, numbers.count)
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
    connx_writer_output(writer, text(name), dims, 1)
  }

  func addMetadata(_ key: String, _ text: String) {
    connx_writer_metadata(writer, self.text(key), self.text(text))
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

  @inline(never)
  private func text(_ text: String) -> connx_text {
    var kept = connx_text()
    text.withBytes { bytes in
      bytes.withMemoryRebound(to: CChar.self) { kept = connx_writer_text(writer, $0.baseAddress, $0.count) }
    }
    return kept
  }
}
