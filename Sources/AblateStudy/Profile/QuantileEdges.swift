import AblateModel
import AblateRuntime

/// Edges for a quantiser that put about as many of some rows on each level.
public enum QuantileEdges {
  /// Writes the edges of a layer's units, [units, 2^bits - 1]: edge k (from 1) is the smallest activation that at least k / 2^bits of
  /// those of the rows do not exceed.
  ///
  /// - Parameters:
  ///   - x: [rows, input width], at least one row.
  ///   - positions: of convolutions.
  /// - Throws: `invalidArgument`, also if an activation is NaN.
  public static func find(
    model: Model, layer: Int, x: UnsafePointer<Float>, rows: Int, positions: PositionSummary = .mean, bits: Int,
    threads: Int = 0, into out: UnsafeMutablePointer<Float>
  ) throws(AblateError) {
    try model.require(layer: layer)
    guard rows >= 1 else { throw AblateError(.invalidArgument, "rows is 0: quantiles need at least one row") }
    guard bits >= 1, bits <= Quantiser.mostBits else {
      throw AblateError(
        .invalidArgument, "bits is \(UInt(bitPattern: bits)): 1 to \(Quantiser.mostBits) are possible")
    }
    let units = model.layers[layer].units
    let activations = try Buffer<Float>(rows: rows, columns: units)
    let column = try Buffer<Float>(count: rows)
    try Session(model: model, threads: threads).unitActivations(
      x, rows: rows, layer: layer, positions: positions, into: activations.pointer)
    // Before anything is written.
    for row in 0..<rows {
      for unit in 0..<units where activations.pointer[row * units + unit].isNaN {
        throw AblateError(
          .invalidArgument,
          "the activation of unit \(unit) of layer \(layer) is NaN in row \(row): it has no quantiles")
      }
    }
    let levels = 1 << bits
    for unit in 0..<units {
      for row in 0..<rows { column.pointer[row] = activations.pointer[row * units + unit] }
      sort(column.pointer, count: rows)
      for edge in 1..<levels {
        // The number of rows rounded up, less 1 for the index; rows / levels first, as rows may be many.
        let share = rows / levels * edge + (rows % levels * edge + levels - 1) / levels
        out[unit * (levels - 1) + edge - 1] = column.pointer[share - 1]
      }
    }
  }

  /// Heapsort: the standard library's sort is more code, and takes memory.
  private static func sort(_ values: UnsafeMutablePointer<Float>, count: Int) {
    func sink(_ first: Int, below end: Int) {
      let value = values[first]
      var hole = first
      while 2 * hole + 1 < end {
        var child = 2 * hole + 1
        if child + 1 < end && values[child] < values[child + 1] { child += 1 }
        if values[child] <= value { break }
        values[hole] = values[child]
        hole = child
      }
      values[hole] = value
    }
    for first in (0..<count / 2).reversed() { sink(first, below: count) }
    for end in (1..<max(1, count)).reversed() {
      let largest = values[0]
      values[0] = values[end]
      values[end] = largest
      sink(0, below: end)
    }
  }
}
