import AblateRuntime
import CONNX
import CPlatform

/// The parsed bytes of a file, where its external tensors are, and how much memory it may take.
final class Source {
  let model: UnsafePointer<Connx__Model>
  /// Where tensors stored outside the file are; nil if there is no such place.
  let directory: String?
  private let arena: OpaquePointer
  /// Bytes that may still be allocated for this file's values.
  private var budget: Int
  /// How many elements ConstantOfShape may still make: the weights of VGG-19 and some more.
  private var repeated = 150_000_000
  var external = ExternalFiles()

  /// - Throws: `malformed` if the bytes are no protobuf message, `outOfMemory`.
  init(bytes: UnsafeRawBufferPointer, directory: String?) throws(AblateError) {
    var arena: OpaquePointer?
    var model: UnsafePointer<Connx__Model>?
    switch connx_parse(bytes.assumingMemoryBound(to: UInt8.self).baseAddress, bytes.count, &arena, &model) {
    case CONNX_OK: break
    case CONNX_NOT_PROTOBUF:
      throw AblateError(.malformed, "not an ONNX file, or a damaged one: it cannot be read as protobuf")
    case CONNX_OVER_BUDGET:
      throw AblateError(.malformed, "the file claims far more elements than its \(bytes.count) bytes can hold")
    default: throw AblateError(.outOfMemory, "out of memory while reading \(bytes.count) bytes")
    }
    guard let arena, let model else { throw AblateError(.outOfMemory, "out of memory") }
    self.arena = arena
    self.model = model
    self.directory = directory
    budget = 1 << 26
    extendBudget(bytes.count)
  }

  deinit { connx_free(arena) }

  /// Lets values take more memory because `bytes` more of them were read.
  func extendBudget(_ bytes: Int) {
    let (factor, overflow) = bytes.multipliedReportingOverflow(by: 32)
    let (sum, beyond) = budget.addingReportingOverflow(factor)
    budget = overflow || beyond ? .max : sum
  }

  /// Memory for values of this file. A file whose constants are combined over and over, each time into new large ones, is refused.
  func buffer<Element>(_ type: Element.Type, count: Int) throws(AblateError) -> Buffer<Element> {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    try spend(overflow ? .max : bytes)
    return try Buffer(count: count)
  }

  /// Lets a file make `count` elements of one number. Each is given memory only as part of a layer's weights.
  func spendRepeated(_ count: Int) throws(AblateError) {
    guard count <= repeated else {
      throw AblateError(.malformed, "the file repeats a number more often than the largest networks have weights")
    }
    repeated -= count
    let (budget, overflow) = budget.addingReportingOverflow(4 * count)
    if !overflow { self.budget = budget }
  }

  /// Puts back what a buffer took that is not needed any longer.
  func refund<Element>(_ buffer: Buffer<Element>) { budget += buffer.count * MemoryLayout<Element>.stride }

  /// Takes memory out of the budget.
  func spend(_ bytes: Int) throws(AblateError) {
    guard bytes <= budget else {
      throw AblateError(.malformed, "the file's constants would take far more memory than the file itself")
    }
    budget -= bytes
  }
}
