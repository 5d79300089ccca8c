import AblateRuntime

/// Room of one thread to look at a block of rows unit by unit.
///
/// Most activations of many networks are 0: a column is cut down to its finite values that are not 0, and the zeros are counted.
final class UnitColumns {
  private let capacity: Int
  private let stride: Int
  /// [units at once, stride]: the values of a unit that are kept.
  private let kept: Buffer<Float>
  /// [units at once]: how many values are kept so far, and how many were not finite.
  private let lengths: Buffer<Int>
  private let nonFinites: Buffer<UInt32>
  /// [units at once, runs]
  private let ends: Buffer<Int32>
  private let zeros: Buffer<Int32>

  private static var unitsAtOnce: Int { 16 }

  init(capacity: Int) throws(AblateError) {
    self.capacity = capacity
    stride = RowStride.padded(capacity + 1)
    kept = try Buffer(rows: Self.unitsAtOnce, columns: stride)
    lengths = try Buffer(count: Self.unitsAtOnce)
    nonFinites = try Buffer(count: Self.unitsAtOnce)
    ends = try Buffer(rows: Self.unitsAtOnce, columns: capacity)
    zeros = try Buffer(rows: Self.unitsAtOnce, columns: capacity)
  }

  // Optimised for speed, as all that goes through every activation.

  /// Calls `body` with each unit of `source`, [rows, sourceStride], a stride with room up to a multiple of 16, and its column.
  @_optimize(speed)
  func forEach(
    _ source: UnsafePointer<Float>, _ sourceStride: Int, units: Int, order: ClassOrder,
    _ body: (_ unit: Int, _ column: UnitColumn) -> Void
  ) {
    var first = 0
    while first < units {
      let count = min(Self.unitsAtOnce, units - first)
      read(source + first, sourceStride, units: count, order)
      for unit in 0..<count {
        body(
          first + unit,
          UnitColumn(
            source: source + first + unit, stride: sourceStride, kept: UnsafePointer(kept.pointer + unit * stride),
            count: lengths.pointer[unit], nonFinite: Int(nonFinites.pointer[unit]),
            zeroCount: order.rowCount - Int(nonFinites.pointer[unit]) - lengths.pointer[unit],
            ends: UnsafePointer(ends.pointer + unit * capacity), zeros: UnsafePointer(zeros.pointer + unit * capacity)))
      }
      first += count
    }
  }

  @_optimize(speed)
  private func read(_ source: UnsafePointer<Float>, _ sourceStride: Int, units: Int, _ order: ClassOrder) {
    let lengths = lengths.pointer
    let nonFinites = nonFinites.pointer
    for unit in 0..<Self.unitsAtOnce {
      lengths[unit] = 0
      nonFinites[unit] = 0
    }
    for run in 0..<order.runCount {
      let start = Int(order.starts.pointer[run])
      let end = Int(order.starts.pointer[run + 1])
      let rows = UnsafeBufferPointer(start: order.rows.pointer + start, count: end &- start)
      countNonFinites(source, sourceStride, rows)
      for first in 0..<(units + 3) / 4 { readFour(source + 4 &* first, sourceStride, rows, 4 &* first) }
      for unit in 0..<units {
        let place = unit &* capacity &+ run
        ends.pointer[place] = Int32(truncatingIfNeeded: lengths[unit])
        zeros.pointer[place] = Int32(truncatingIfNeeded: end &- Int(nonFinites[unit]) &- lengths[unit])
      }
    }
  }

  /// This also brings the rows near, several at a time.
  @inline(__always)
  private func countNonFinites(
    _ source: UnsafePointer<Float>, _ sourceStride: Int, _ rows: UnsafeBufferPointer<Int32>
  ) {
    typealias Bits = SIMD16<UInt32>
    let target = UnsafeMutableRawPointer(nonFinites.pointer)
    var counts = target.loadUnaligned(as: Bits.self)
    for row in rows {
      let bits = UnsafeRawPointer(source + Int(row) &* sourceStride).loadUnaligned(as: Bits.self)
      counts &+= ((bits & Bits(repeating: 0x7fff_ffff)) &+ Bits(repeating: 0x80_0000)) &>> Bits(repeating: 31)
    }
    target.storeBytes(of: counts, as: Bits.self)
  }

  /// Four units at a time: what is counted stays in registers.
  @inline(__always)
  private func readFour(
    _ source: UnsafePointer<Float>, _ sourceStride: Int, _ rows: UnsafeBufferPointer<Int32>, _ first: Int
  ) {
    let lengths = lengths.pointer + first
    let kept = kept.pointer + first &* stride
    var a = lengths[0]
    var b = lengths[1]
    var c = lengths[2]
    var d = lengths[3]
    for row in rows {
      let row = source + Int(row) &* sourceStride
      keep(row[0], kept, &a)
      keep(row[1], kept + stride, &b)
      keep(row[2], kept + 2 &* stride, &c)
      keep(row[3], kept + 3 &* stride, &d)
    }
    lengths[0] = a
    lengths[1] = b
    lengths[2] = c
    lengths[3] = d
  }

  /// Without a branch, which nobody could foresee.
  @inline(__always)
  private func keep(_ value: Float, _ target: UnsafeMutablePointer<Float>, _ length: inout Int) {
    target[length] = value
    length &+= (value.bitPattern & 0x7fff_ffff) &- 1 < 0x7f7f_ffff ? 1 : 0
  }
}

/// The values of a unit in a block of rows that are finite and not 0, those of a class next to each other.
struct UnitColumn {
  /// Where the values of all rows are.
  let source: UnsafePointer<Float>
  let stride: Int
  let kept: UnsafePointer<Float>
  let count: Int
  let nonFinite: Int
  let zeroCount: Int
  /// [runs]: how many of the kept values, and of the zeros, are of a class or those before it.
  let ends: UnsafePointer<Int32>
  let zeros: UnsafePointer<Int32>
}
