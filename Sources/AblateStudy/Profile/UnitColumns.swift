import AblateRuntime

/// Room of one thread to look at a block of rows unit by unit.
///
/// Most activations of many networks are 0: a column is cut down to its finite values that are not 0, and the zeros are counted.
final class UnitColumns {
  private let capacity: Int
  private let stride: Int
  /// [units at once, stride]: the values of a unit that are kept.
  private let kept: Buffer<Float>
  /// [units at once]: how many values are kept so far, and how many were finite.
  private let lengths: Buffer<Int>
  private let finites: Buffer<Int>
  /// [units at once, runs]
  private let ends: Buffer<Int32>
  private let zeros: Buffer<Int32>

  private static var unitsAtOnce: Int { 16 }

  init(capacity: Int) throws(AblateError) {
    self.capacity = capacity
    stride = RowStride.padded(capacity + 1)
    kept = try Buffer(rows: Self.unitsAtOnce, columns: stride)
    lengths = try Buffer(count: Self.unitsAtOnce)
    finites = try Buffer(count: Self.unitsAtOnce)
    ends = try Buffer(rows: Self.unitsAtOnce, columns: capacity)
    zeros = try Buffer(rows: Self.unitsAtOnce, columns: capacity)
  }

  // Optimised for speed, as all that goes through every activation.

  /// Calls `body` with each unit of `source`, [rows, sourceStride], and its column.
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
            count: lengths.pointer[unit], nonFinite: order.rowCount - finites.pointer[unit],
            zeroCount: finites.pointer[unit] - lengths.pointer[unit],
            ends: UnsafePointer(ends.pointer + unit * capacity), zeros: UnsafePointer(zeros.pointer + unit * capacity)))
      }
      first += count
    }
  }

  @_optimize(speed)
  private func read(_ source: UnsafePointer<Float>, _ sourceStride: Int, units: Int, _ order: ClassOrder) {
    let kept = kept.pointer
    let lengths = lengths.pointer
    let finites = finites.pointer
    let stride = stride
    for unit in 0..<units {
      lengths[unit] = 0
      finites[unit] = 0
    }
    for run in 0..<order.runCount {
      for place in Int(order.starts.pointer[run])..<Int(order.starts.pointer[run + 1]) {
        let row = source + Int(order.rows.pointer[place]) * sourceStride
        var target = kept
        for unit in 0..<units {
          // +0 for -0
          let value = row[unit] + 0
          target[lengths[unit]] = value
          target += stride
          // Without branches, which nobody could foresee.
          let size = value.bitPattern & 0x7fff_ffff
          let isFinite = (size &- 0x7f80_0000) >> 31
          let isNotZero = (0 &- size) >> 31
          lengths[unit] &+= Int(truncatingIfNeeded: isFinite & isNotZero)
          finites[unit] &+= Int(truncatingIfNeeded: isFinite)
        }
      }
      for unit in 0..<units {
        ends.pointer[unit * capacity + run] = Int32(truncatingIfNeeded: lengths[unit])
        zeros.pointer[unit * capacity + run] = Int32(truncatingIfNeeded: finites[unit] - lengths[unit])
      }
    }
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
