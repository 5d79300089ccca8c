import AblateRuntime

/// How well two measures agree on an order. Raw values are those of `ablate_correlation` in the C header.
public enum RankCorrelation: Int32, Sendable {
  /// Pearson's correlation of the ranks, ties having the mean of theirs: Spearman 1904.
  case spearman = 0
  /// tau-b: Kendall 1945, counted in n log n steps as in Knight 1966.
  case kendall = 1

  /// - Returns: -1 to 1; NaN if fewer than two values differ in either measure, or one is NaN.
  /// - Throws: `invalidArgument` for more than 2^31 values, `outOfMemory`.
  public func of(
    _ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>, count: Int
  ) throws(AblateError) -> Double {
    guard count >= 0, count <= 1 << 31 else {
      throw AblateError(.invalidArgument, "count is \(UInt(bitPattern: count)): at most 2^31 are possible")
    }
    for index in 0..<count where x[index].isNaN || y[index].isNaN { return .nan }
    let value = self == .spearman ? try spearman(x, y, count) : try kendall(x, y, count)
    return value.isNaN ? value : max(-1, min(1, value))
  }

  private func spearman(
    _ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>, _ count: Int
  ) throws(AblateError) -> Double {
    let first = try ranks(x, count)
    let second = try ranks(y, count)
    var (products, firstSquares, secondSquares) = (0.0, 0.0, 0.0)
    for index in 0..<count {
      products += first.pointer[index] * second.pointer[index]
      firstSquares += first.pointer[index] * first.pointer[index]
      secondSquares += second.pointer[index] * second.pointer[index]
    }
    return products / (firstSquares * secondSquares).squareRoot()
  }

  /// Twice the distance of each value's rank from the mean of ranks.
  private func ranks(_ values: UnsafePointer<Double>, _ count: Int) throws(AblateError) -> Buffer<Double> {
    let sorted = try SortedIndices(of: values, count: count)
    let ranks = try Buffer<Double>(count: count)
    sorted.forEachTie {
      values[$0] < values[$1]
    } _: { tie in
      let rank = Double(tie.lowerBound + tie.upperBound - count)
      for place in tie { ranks.pointer[sorted[place]] = rank }
    }
    return ranks
  }

  private func kendall(
    _ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>, _ count: Int
  ) throws(AblateError) -> Double {
    let sorted = try SortedIndices(count: count)
    sorted.sort(by: y)
    let yTies = pairs(in: sorted) { y[$0] < y[$1] }
    sorted.sort(by: x)
    let xTies = pairs(in: sorted) { x[$0] < x[$1] }
    let bothTies = pairs(in: sorted) { x[$0] < x[$1] || y[$0] < y[$1] }
    let discordant = sorted.sort(by: y)
    let all = count * (count - 1) / 2
    let difference = all - xTies - yTies + bothTies - 2 * discordant
    return Double(difference) / (Double(all - xTies) * Double(all - yTies)).squareRoot()
  }

  /// How many pairs are ties.
  private func pairs(in sorted: SortedIndices, _ precedes: (Int, Int) -> Bool) -> Int {
    var pairs = 0
    sorted.forEachTie(precedes) { pairs += $0.count * ($0.count - 1) / 2 }
    return pairs
  }
}
