/// What makes p-values of many tests fit to be compared with one level. Raw values are those of `ablate_adjustment` in the C header.
public enum PValueAdjustment: Int32, Sendable {
  /// Bounds the probability of any false finding, whatever the dependence: Holm 1979, A simple sequentially rejective multiple test
  /// procedure.
  case holm = 0
  /// Bounds the expected fraction of false findings, for independent or positively dependent tests: Benjamini and Hochberg 1995.
  case benjaminiHochberg = 1
  /// The same whatever the dependence: Benjamini and Yekutieli 2001.
  case benjaminiYekutieli = 2

  /// The adjusted values, in the order of `values`. A NaN is no test: it stays NaN and does not count.
  public func adjust(_ values: [Double]) -> [Double] {
    let order = values.indices.filter { !values[$0].isNaN }.sorted { values[$0] < values[$1] }
    var adjusted = [Double](repeating: .nan, count: values.count)
    let tests = Double(order.count)
    switch self {
    case .holm:
      var largest = 0.0
      for (rank, index) in order.enumerated() {
        largest = max(largest, min(1, (tests - Double(rank)) * values[index]))
        adjusted[index] = largest
      }
    case .benjaminiHochberg, .benjaminiYekutieli:
      let factor = self == .benjaminiHochberg ? tests : tests * order.indices.reduce(0.0) { $0 + 1 / Double($1 + 1) }
      var smallest = 1.0
      for (rank, index) in order.enumerated().reversed() {
        smallest = min(smallest, factor / Double(rank + 1) * values[index])
        adjusted[index] = smallest
      }
    }
    return adjusted
  }
}
