import CPlatform

/// Memory aligned to 64 bytes that is freed with its last reference. Running out of memory throws.
public final class Buffer<Element: BitwiseCopyable>: @unchecked Sendable {
  public let pointer: UnsafeMutablePointer<Element>
  public let count: Int
  private let isZeroed: Bool

  /// - Parameter isZeroed: false where nothing is read that was not written before.
  /// - Throws: `outOfMemory`, also when the size in bytes is beyond what an `Int` can hold.
  public init(count: Int, isZeroed: Bool = true) throws(AblateError) {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard count >= 0, !overflow,
      let memory = isZeroed ? cplatform_allocate(bytes) : cplatform_allocate_unset(bytes)
    else {
      throw AblateError.outOfMemory(count, "elements of", MemoryLayout<Element>.stride, "bytes")
    }
    self.pointer = memory.bindMemory(to: Element.self, capacity: max(count, 1))
    self.count = count
    self.isZeroed = isZeroed
  }

  /// A buffer of `rows` times `columns` elements.
  public convenience init(rows: Int, columns: Int) throws(AblateError) {
    let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
    guard rows >= 0, columns >= 0, !overflow else {
      throw AblateError.outOfMemory(rows, "rows of", columns, "elements")
    }
    try self.init(count: count)
  }

  deinit {
    let bytes = count * MemoryLayout<Element>.stride
    if isZeroed { cplatform_free(pointer, bytes) } else { cplatform_free_unset(pointer, bytes) }
  }
}

extension AblateError {
  /// Apart, so that buffers of each type of element do not bring a copy along.
  @inline(never)
  fileprivate static func outOfMemory(
    _ count: Int, _ parts: String, _ each: Int, _ what: String
  ) -> AblateError {
    AblateError(.outOfMemory, "out of memory: \(count) \(parts) \(each) \(what)")
  }
}
