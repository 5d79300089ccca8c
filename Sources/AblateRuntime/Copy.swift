extension UnsafeMutablePointer where Pointee: BitwiseCopyable {
  /// Copies `count` elements as bytes. Embedded Swift's `update(from:count:)` goes element by element.
  @inlinable public func copy(from source: UnsafePointer<Pointee>, count: Int) {
    UnsafeMutableRawPointer(self).copyMemory(from: source, byteCount: count * MemoryLayout<Pointee>.stride)
  }
}
