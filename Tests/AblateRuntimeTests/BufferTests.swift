import AblateRuntime
import Testing

@Suite struct BufferTests {
  @Test(arguments: [0, 1, 7, 16, 1000, 3_000_000]) func isZeroedAndAligned(count: Int) throws {
    let buffer = try Buffer<Float>(count: count)
    #expect(buffer.count == count)
    #expect(UInt(bitPattern: buffer.pointer) % 64 == 0)
    #expect((0..<count).allSatisfy { buffer.pointer[$0] == 0 })
  }

  @Test func sizesBeyondMemoryThrow() {
    for count in [-1, Int.min, Int.max, Int.max / 4, 1 << 60] {
      #expect(throws: AblateError.self) { try Buffer<Float>(count: count) }
    }
    #expect(throws: AblateError.self) { try Buffer<Float>(rows: 1 << 40, columns: 1 << 40) }
    #expect(throws: AblateError.self) { try Buffer<Float>(rows: -1, columns: -1) }
  }

  @Test func copiesElements() throws {
    let buffer = try Buffer<Int64>(count: 3)
    buffer.pointer.copy(from: [1, 2, 3], count: 2)
    #expect((0..<3).map { buffer.pointer[$0] } == [1, 2, 0])
  }
}

@Suite struct RowStrideTests {
  @Test func holdsWholeVectorsAndNoMultipleOf256() {
    for width in 1...2100 {
      let stride = RowStride.padded(width)
      #expect(stride >= width && stride % 16 == 0 && stride % 256 != 0 && stride < width + 32)
    }
    #expect([1, 16, 17, 240, 256, 392, 784].map(RowStride.padded) == [16, 16, 32, 240, 272, 400, 784])
  }
}
