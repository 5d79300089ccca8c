/// Where the values of a row are not 0, roughly: a bit for some of its inputs that lie near each other.
private struct Outline: BitwiseCopyable {
  var low: UInt64
  var high: UInt64

  @inline(__always) func joined(with other: Outline) -> Outline {
    Outline(low: low | other.low, high: high | other.high)
  }

  @inline(__always) var size: Int { low.nonzeroBitCount + high.nonzeroBitCount }

  /// - Parameter k: at least a vector.
  @inline(__always)
  init(_ x: UnsafePointer<Float>, _ k: Int) {
    let vectors = k / lanes
    let perBit = max(1, (vectors + 16) / 32)
    var outline = Bits.zero
    var vector = 0
    for bit in 0..<32 {
      let last = bit == 31 ? vectors : min(vectors, vector + perBit)
      let own = Bits(repeating: Int32(truncatingIfNeeded: 1 << bit))
      while vector < last {
        outline |= unequalLanes(load(x + vector * lanes), Vector.zero) & own
        vector += 1
      }
    }
    let words = words(outline)
    (low, high) = (0, 0)
    for pair in 0..<lanes / 4 {
      low |= words[pair]
      high |= words[pair + lanes / 4]
    }
  }

  private init(low: UInt64, high: UInt64) {
    self.low = low
    self.high = high
  }
}

/// Numbers rows 0 ..< rows so that those in a tile share many zeros: each tile starts with the first row that is left and takes, one by
/// one, the row that adds least to its outline. The last row fills the last tile up.
///
/// - Parameters:
///   - search: otherwise rows stay in order.
///   - order: [rows, up to a multiple of sparseHeight]
@inline(never)
func orderByZeros(
  _ a: UnsafePointer<Float>, _ stride: Int, rows: Int, _ k: Int, search: Bool, into order: UnsafeMutablePointer<UInt16>
) {
  for row in 0..<rows { order[row] = UInt16(truncatingIfNeeded: row) }
  if search {
    withUnsafeTemporaryAllocation(of: Outline.self, capacity: rows) { outlines in
      guard let outlines = outlines.baseAddress else { return }
      for row in 0..<rows { outlines[row] = Outline(a + row * stride, k) }
      var joined = outlines[0]
      for place in 1..<rows {
        if place % sparseHeight == 0 {
          joined = outlines[place]
          continue
        }
        // The number below the size: without a branch, which nothing could predict.
        var least = Int.max
        for candidate in place..<rows {
          least = min(least, joined.joined(with: outlines[candidate]).size << 16 | candidate)
        }
        let best = least & 0xffff
        joined = joined.joined(with: outlines[best])
        (order[place], order[best]) = (order[best], order[place])
        (outlines[place], outlines[best]) = (outlines[best], outlines[place])
      }
    }
  }
  let last = order[rows - 1]
  for place in rows..<(rows + sparseHeight - 1) / sparseHeight * sparseHeight { order[place] = last }
}
