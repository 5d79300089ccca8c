import AblateModel
import AblateRuntime

extension Sweep {
  /// The result of item `index`.
  public func result(_ index: Int) throws(AblateError) -> SweepResult {
    try require(item: index)
    return result(kind.item(index), index)
  }

  /// The figures of the intact model on the same rows; no item.
  public var intact: SweepResult { result(SweepItem(), nil) }

  private func result(_ item: SweepItem, _ index: Int?) -> SweepResult {
    let counts = index.map { total.item($0) } ?? ItemTally()
    func mean(_ place: Int?) -> Double? {
      guard let place, total.rows > 0 else { return nil }
      return total.sum(place, item: index).value / Double(total.rows)
    }
    let measures = total.measures
    return SweepResult(
      item: item, rows: total.rows, correct: total.correct &+ counts.balance, lost: counts.lost, gained: counts.gained,
      changed: counts.changed, effect: effect(index), interaction: index.flatMap { interaction($0) },
      logLoss: mean(measures.logLoss), labelProbability: mean(measures.labelProbability),
      divergence: mean(measures.divergence), margin: mean(measures.margin), squaredError: mean(measures.squaredError),
      absoluteChange: mean(measures.absoluteChange))
  }

  private func effect(_ index: Int?) -> Double {
    guard let index, total.rows > 0 else { return 0 }
    guard let place = total.measures.squaredError else {
      return Double(total.item(index).balance) / Double(total.rows)
    }
    let ablated = total.sum(place, item: index).value
    let intact = total.sum(place, item: nil).value
    if !ablated.isFinite || !intact.isFinite { return ablated - intact }
    // The difference is rounded once.
    return total.sumOfChanges(place, item: index).value / Double(total.rows)
  }

  /// Of a pair (i, j), the effect of both less that of i and that of j; nil for other items.
  private func interaction(_ index: Int) -> Double? {
    guard let (first, second) = kind.parts(of: index), total.rows > 0 else { return nil }
    if total.measures.squaredError != nil { return effect(index) - effect(first) - effect(second) }
    let change = total.item(index).balance &- total.item(first).balance &- total.item(second).balance
    return Double(change) / Double(total.rows)
  }

  /// The `count` items with the largest |effect|, or, of pairs, the largest |interaction|: largest first, the lower index first among
  /// equals. NaN counts as infinite.
  public func strongest(_ count: Int) throws(AblateError) -> [Int] {
    let first = kind.firstPair ?? 0
    let candidates = itemCount - first
    guard count >= 0, count <= candidates else {
      throw AblateError(.invalidArgument, "count is \(UInt(bitPattern: count)): there are \(candidates)")
    }
    let strengths = try Buffer<Double>(count: candidates)
    for place in 0..<candidates {
      let strength = abs(interaction(first + place) ?? effect(first + place))
      strengths.pointer[place] = strength.isNaN ? .infinity : strength
    }
    let order = try SortedIndices(of: strengths.pointer, count: candidates, highFirst: true)
    return (0..<count).map { first + order[$0] }
  }

  /// Writes [classes, classes], row = label, column = prediction.
  public func copyConfusion(of index: Int, to out: UnsafeMutablePointer<Int64>) throws(AblateError) {
    try require(item: index)
    try total.copyConfusion(of: index, to: out)
  }

  /// Writes the intact model's [classes, classes], row = label, column = prediction.
  public func copyIntactConfusion(to out: UnsafeMutablePointer<Int64>) { total.copyIntactConfusion(to: out) }

  /// Writes [classes, 2, 2]: of each class against all others, row = whether the label is the class, column = whether the prediction is.
  public func copyOneVsRest(of index: Int, to out: UnsafeMutablePointer<Int64>) throws(AblateError) {
    try require(item: index)
    try total.copyOneVsRest(of: index, to: out)
  }

  /// Writes the intact model's [classes, 2, 2].
  public func copyIntactOneVsRest(to out: UnsafeMutablePointer<Int64>) throws(AblateError) {
    try total.copyOneVsRest(of: nil, to: out)
  }

  /// Writes [classes, classes], row = label, column = class: the mean of P(class) over the rows of the label, NaN for labels without rows.
  public func copyClassProbabilities(of index: Int, to out: UnsafeMutablePointer<Double>) throws(AblateError) {
    try require(item: index)
    try copyClassProbabilities(item: index, to: out)
  }

  /// Writes the intact model's [classes, classes], row = label, column = class.
  public func copyIntactClassProbabilities(to out: UnsafeMutablePointer<Double>) throws(AblateError) {
    try copyClassProbabilities(item: nil, to: out)
  }

  private func copyClassProbabilities(item: Int?, to out: UnsafeMutablePointer<Double>) throws(AblateError) {
    guard metrics.contains(.classProbabilities) else {
      throw AblateError(.invalidArgument, "the sweep was made without the metric of class probabilities")
    }
    for label in 0..<model.classCount {
      let rows = Double(total.rows(ofLabel: label))
      for other in 0..<model.classCount {
        let sum = total.sum(total.measures.probability(label: label, class: other), item: item)
        out[label * model.classCount + other] = rows == 0 ? .nan : sum.value / rows
      }
    }
  }

  /// The numbers in the stream of the first rows whose prediction item `index` changes, ascending: at most the limit.
  public func changedRows(of index: Int) throws(AblateError) -> [Int64] {
    try require(item: index)
    guard let changedRows = total.changedRows else {
      throw AblateError(.invalidArgument, "the sweep was made without the metric of changed rows")
    }
    return Array(UnsafeBufferPointer(start: changedRows.rows(index), count: changedRows.count(index)))
  }

  /// How much of the work so far had to be done.
  public var cost: SweepCost {
    SweepCost(pairs: Int64(kind.itemCount) &* total.rows, examined: total.examined, rerun: total.rerun)
  }

  private func require(item index: Int) throws(AblateError) {
    guard index >= 0, index < kind.itemCount else {
      throw AblateError(
        .invalidArgument, "result \(UInt(bitPattern: index)) is out of range: the sweep has \(kind.itemCount)")
    }
  }
}
