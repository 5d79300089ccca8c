import AblateRuntime

/// What makes p-values of many tests fit to be compared with one level. Raw values are those of `ablate_adjustment` in the C header.
public enum PValueAdjustment: Int32, Sendable {
  /// Bounds the probability of any false finding, whatever the dependence: Holm 1979, A simple sequentially rejective multiple test
  /// procedure.
  case holm = 0
  /// Bounds the expected fraction of false findings, for independent or positively dependent tests: Benjamini and Hochberg 1995.
  case benjaminiHochberg = 1
  /// The same whatever the dependence: Benjamini and Yekutieli 2001.
  case benjaminiYekutieli = 2

  /// Writes the adjusted values in the order of `values`; both may be the same memory. A NaN is no test: it stays NaN and does not count.
  ///
  /// - Throws: `invalidArgument` for values outside 0 ... 1, `outOfMemory`; nothing is written then.
  public func adjust(
    _ values: UnsafePointer<Double>, count: Int, into adjusted: UnsafeMutablePointer<Double>
  ) throws(AblateError) {
    var tests = 0
    for index in 0..<count where !values[index].isNaN {
      guard values[index] >= 0, values[index] <= 1 else {
        throw AblateError(.invalidArgument, "p-value \(index) is not between 0 and 1")
      }
      tests += 1
    }
    let order = try SortedIndices(of: values, count: count)
    if adjusted != values { adjusted.update(from: values, count: count) }
    switch self {
    case .holm:
      var largest = 0.0
      for rank in 0..<tests {
        largest = max(largest, min(1, Double(tests - rank) * adjusted[order[rank]]))
        adjusted[order[rank]] = largest
      }
    case .benjaminiHochberg, .benjaminiYekutieli:
      var factor = Double(tests)
      if self == .benjaminiYekutieli {
        var harmonic = 0.0
        for rank in 0..<tests { harmonic += 1 / Double(rank + 1) }
        factor *= harmonic
      }
      var smallest = 1.0
      for rank in (0..<tests).reversed() {
        smallest = min(smallest, factor / Double(rank + 1) * adjusted[order[rank]])
        adjusted[order[rank]] = smallest
      }
    }
  }
}
