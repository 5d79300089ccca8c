import AblateModel
import AblateRuntime

/// What is summed up of a layer's units. Sums are integers and exact, so shards add up to the same bits in any order.
final class LayerTally {
  let units: Int
  let classCount: Int
  let bits: Int?
  let bins: Int
  /// [units, classes, `sumWords`]: sums of activations, in units of 2^-149.
  let sums: Buffer<UInt64>
  /// [units, `squareWords`]: sums of squared activations, in units of 2^-298.
  let squares: Buffer<UInt64>
  /// [units, 2, `sumWords`]: sums of |h ∂L/∂h| and of h ∂L/∂h, of rows; empty unless asked for.
  let taylors: Buffer<UInt64>
  /// [units]
  let active: Buffer<Int64>
  let nonFinite: Buffer<Int64>
  let taylorNonFinite: Buffer<Int64>
  /// [units, classes, levels]
  let levels: Buffer<Int64>
  /// [units, bins + 2]: below the range, the bins, above the range.
  let histogram: Buffer<Int64>
  /// [units]: smallest and largest finite activations; infinities before the first.
  let extremes: Buffer<Float>
  let topRows: TopRows?

  static var sumWords: Int { 6 }
  static var squareWords: Int { 10 }

  /// - Parameter place: of the layer in the list of the plan.
  init(plan: ProfilePlan, place: Int) throws(AblateError) {
    units = plan.model.layers[plan.layers[place]].units
    classCount = plan.classCount
    bits = plan.edges.isEmpty ? nil : plan.edges[place].bits
    bins = plan.bins
    let cells = classCount << (bits ?? 0)
    sums = try Buffer(rows: units, columns: classCount * Self.sumWords)
    squares = try Buffer(rows: units, columns: Self.squareWords)
    taylors = try Buffer(rows: units, columns: plan.gradients == nil ? 0 : 2 * Self.sumWords)
    active = try Buffer(count: units)
    nonFinite = try Buffer(count: units)
    taylorNonFinite = try Buffer(count: units)
    levels = try Buffer(rows: units, columns: bits == nil ? 0 : cells)
    histogram = try Buffer(rows: units, columns: bins == 0 ? 0 : bins + 2)
    extremes = try Buffer(rows: units, columns: 2)
    topRows = plan.topRowLimit == 0 ? nil : try TopRows(units: units, limit: plan.topRowLimit)
    resetExtremes()
  }

  private var wideSums: [(words: Buffer<UInt64>, count: Int)] {
    [(sums, Self.sumWords), (squares, Self.squareWords), (taylors, Self.sumWords)]
  }

  private var counts: [Buffer<Int64>] { [active, nonFinite, taylorNonFinite, levels, histogram] }

  func sum(_ unit: Int, class index: Int) -> WideInteger {
    WideInteger(words: sums.pointer + (unit * classCount + index) * Self.sumWords, count: Self.sumWords)
  }

  func square(_ unit: Int) -> WideInteger {
    WideInteger(words: squares.pointer + unit * Self.squareWords, count: Self.squareWords)
  }

  /// The sum of |h ∂L/∂h|, or that with its sign.
  func taylor(_ unit: Int, isSigned: Bool) -> WideInteger {
    WideInteger(
      words: taylors.pointer + (2 * unit + (isSigned ? 1 : 0)) * Self.sumWords, count: Self.sumWords)
  }

  func include(_ low: Float, _ high: Float, inExtremesOf unit: Int) {
    let extremes = extremes.pointer + 2 * unit
    if low < extremes[0] { extremes[0] = low }
    if high > extremes[1] { extremes[1] = high }
  }

  /// Adds what was summed up of other rows.
  func add(_ other: LayerTally) {
    for (own, others) in zip(wideSums, other.wideSums) {
      for first in stride(from: 0, to: own.words.count, by: own.count) {
        WideInteger(words: own.words.pointer + first, count: own.count).add(others.words.pointer + first)
      }
    }
    for (own, others) in zip(counts, other.counts) {
      for index in 0..<own.count { own.pointer[index] &+= others.pointer[index] }
    }
    for unit in 0..<units {
      include(other.extremes.pointer[2 * unit], other.extremes.pointer[2 * unit + 1], inExtremesOf: unit)
    }
    if let topRows, let others = other.topRows { topRows.add(others) }
  }

  func reset() {
    for sums in wideSums { sums.words.pointer.update(repeating: 0, count: sums.words.count) }
    for counts in counts { counts.pointer.update(repeating: 0, count: counts.count) }
    resetExtremes()
    topRows?.reset()
  }

  private func resetExtremes() {
    for unit in 0..<units {
      extremes.pointer[2 * unit] = .infinity
      extremes.pointer[2 * unit + 1] = -.infinity
    }
  }
}
