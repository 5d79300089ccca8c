import AblateRuntime

/// What the level of a quantised activation T tells about the class Y, in bits, from counts; 0 log 0 = 0.
///
/// Entropy H(T) = -Σ P(t) log P(t), mutual information I(T; Y) = Σ P(y) D(P(T|y) ‖ P(T)), KL selectivity max D(P(T|y) ‖ P(T)) over y:
/// Amjad, Liu and Geiger, Understanding Neural Networks and Individual Neuron Importance via Information-Ordered Cumulative Ablation
/// (arXiv 1804.06679).
struct Information {
  private(set) var entropy = 0.0
  private(set) var mutual = 0.0
  private(set) var selectivity = 0.0
  /// The class of the KL selectivity, the lowest on ties; classes without rows do not count.
  private(set) var selectiveClass: Int?

  /// - Parameter counts: [classes, levels], at least one of them not 0.
  init(counts: UnsafePointer<Int64>, classes: Int, levels: Int) {
    var rows: Int64 = 0
    for cell in 0..<classes * levels { rows &+= counts[cell] }
    for level in 0..<levels { entropy -= Self.term(Self.total(counts, level, classes, levels), of: rows) }
    for index in 0..<classes {
      let own = counts + index * levels
      var ownRows: Int64 = 0
      for level in 0..<levels { ownRows &+= own[level] }
      if ownRows == 0 { continue }
      var divergence = 0.0
      for level in 0..<levels where own[level] != 0 {
        let share = Double(own[level]) / Double(ownRows)
        let whole = Double(Self.total(counts, level, classes, levels)) / Double(rows)
        divergence += share * Self.log2(share / whole)
      }
      // Less than 0 is rounding.
      divergence = max(0, divergence)
      mutual += Double(ownRows) / Double(rows) * divergence
      if selectiveClass == nil || divergence > selectivity {
        selectivity = divergence
        selectiveClass = index
      }
    }
  }

  private static func total(_ counts: UnsafePointer<Int64>, _ level: Int, _ classes: Int, _ levels: Int) -> Int64 {
    var sum: Int64 = 0
    for index in 0..<classes { sum &+= counts[index * levels + level] }
    return sum
  }

  /// P log P.
  private static func term(_ count: Int64, of rows: Int64) -> Double {
    if count == 0 { return 0 }
    let share = Double(count) / Double(rows)
    return share * log2(share)
  }

  private static func log2(_ x: Double) -> Double { logarithm(x) / 0.6931471805599453 }
}
