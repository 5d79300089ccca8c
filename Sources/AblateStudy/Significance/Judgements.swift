import AblateModel
import AblateRuntime
import AblateSweep

/// Which items of a sweep are chosen. Raw values are those of `ablate_choice` in the C header.
public enum Choice: Int32, Sendable {
  /// Those without which the model does best.
  case highestEffect = 0
  /// Those without which it does worst.
  case lowestEffect = 1
  /// Those with the largest |effect|.
  case strongestEffect = 2
}

/// Judges items of a sweep of a classifier together.
public final class Judgements {
  private let sweep: Sweep
  private let rules: JudgementRules
  private let items: Buffer<Int>
  private let adjusted: Buffer<Double>
  private let intactConfusion: Buffer<Int64>
  private let confusion: Buffer<Int64>
  private let deviations: Double

  /// All items of a sweep.
  ///
  /// - Throws: `unsupported` for regressions, `invalidArgument` for a sweep without rows, `outOfMemory`.
  public convenience init(of sweep: Sweep, rules: JudgementRules) throws(AblateError) {
    let items = try Buffer<Int>(count: sweep.itemCount)
    for item in 0..<items.count { items.pointer[item] = item }
    try self.init(sweep, items, rules)
  }

  /// The `count` items that are chosen by a sweep over some rows, first choice first and the lower index first among equals, judged by
  /// a sweep over others: only `count` tests are made.
  ///
  /// - Throws: `invalidArgument` if the sweeps are one, or have other models, items or replacements, too.
  public convenience init(
    ofChosen count: Int, by choice: Choice, in selection: Sweep, judgedBy test: Sweep, rules: JudgementRules
  ) throws(AblateError) {
    guard selection !== test else {
      throw AblateError(.invalidArgument, "the selection is the test itself: its rows must be others")
    }
    guard selection.hasItems(of: test) else {
      throw AblateError(
        .invalidArgument,
        "selection and test have different plans: model, kind, items and replacements must be the same")
    }
    guard count >= 1, count <= test.itemCount else {
      throw AblateError(
        .invalidArgument, "count is \(UInt(bitPattern: count)): the sweeps have \(test.itemCount) items")
    }
    try Self.requireClassifier(selection)
    let effects = try Buffer<Double>(count: test.itemCount)
    for item in 0..<effects.count {
      let effect = try selection.result(item).effect
      effects.pointer[item] =
        choice == .lowestEffect ? effect : choice == .highestEffect ? -effect : -abs(effect)
    }
    let sorted = try SortedIndices(of: effects.pointer, count: effects.count)
    let items = try Buffer<Int>(count: count)
    for place in 0..<count { items.pointer[place] = sorted[place] }
    try self.init(test, items, rules)
  }

  private init(_ sweep: Sweep, _ items: Buffer<Int>, _ rules: JudgementRules) throws(AblateError) {
    try Self.requireClassifier(sweep)
    self.sweep = sweep
    self.items = items
    self.rules = rules
    deviations = normalQuantile(exceededWith: rules.level / 2)
    let classes = sweep.metrics.contains(.confusion) ? sweep.model.classCount : 0
    intactConfusion = try Buffer(rows: classes, columns: classes)
    confusion = try Buffer(rows: classes, columns: classes)
    if classes > 0 { sweep.copyIntactConfusion(to: intactConfusion.pointer) }
    adjusted = try Buffer(count: items.count)
    var least = 0.0
    if rules.leavesOutUntestable {
      for place in 0..<items.count { adjusted.pointer[place] = try flips(place).smallestPValue }
      least = try Self.testableLimit(adjusted, level: rules.level)
    }
    for place in 0..<items.count {
      let flips = try flips(place)
      let counts = !rules.leavesOutUntestable || flips.smallestPValue <= least
      adjusted.pointer[place] = counts ? flips.pValue : .nan
    }
    try rules.adjustment.adjust(adjusted.pointer, count: items.count, into: adjusted.pointer)
    for place in 0..<items.count where adjusted.pointer[place].isNaN { adjusted.pointer[place] = 1 }
  }

  private static func requireClassifier(_ sweep: Sweep) throws(AblateError) {
    guard sweep.model.classCount > 0 else {
      throw AblateError(.unsupported, "the model is a regression: only predictions of classes can be judged")
    }
    guard sweep.intact.rows > 0 else { throw AblateError(.invalidArgument, "no rows have been fed to the sweep") }
  }

  /// level / K for the least K such that at most K items can attain it.
  private static func testableLimit(_ smallest: Buffer<Double>, level: Double) throws(AblateError) -> Double {
    let sorted = try SortedIndices(of: smallest.pointer, count: smallest.count)
    var attaining = smallest.count
    var divisor = 1
    while true {
      let limit = level / Double(divisor)
      while attaining > 0, smallest.pointer[sorted[attaining - 1]] > limit { attaining -= 1 }
      if attaining <= divisor { return limit }
      divisor += 1
    }
  }

  private func flips(_ place: Int) throws(AblateError) -> Flips {
    let result = try sweep.result(items.pointer[place])
    return try Flips(lost: result.lost, gained: result.gained, rows: result.rows)
  }

  public var count: Int { items.count }

  /// - Parameter place: 0 ..< count.
  public func judgement(_ place: Int) throws(AblateError) -> Judgement {
    guard place >= 0, place < count else {
      throw AblateError(.invalidArgument, "judgement \(UInt(bitPattern: place)) is out of range: there are \(count)")
    }
    let item = items.pointer[place]
    let flips = try flips(place)
    let interval = flips.interval(deviations: deviations)
    var shift = ClassShift()
    if intactConfusion.count > 0 {
      try sweep.copyConfusion(of: item, to: confusion.pointer)
      shift = ClassShift(from: intactConfusion.pointer, to: confusion.pointer, classes: sweep.model.classCount)
    }
    return Judgement(
      item: item,
      verdict: verdict(
        flips, adjusted.pointer[place], interval, changesNothing: try sweep.result(item).changed == 0),
      flips: flips, pValue: flips.pValue, adjustedPValue: adjusted.pointer[place], interval: interval, shift: shift)
  }

  private func verdict(
    _ flips: Flips, _ adjusted: Double, _ interval: (lower: Double, upper: Double), changesNothing: Bool
  ) -> Verdict {
    if adjusted <= rules.level {
      if flips.gained > flips.lost { return .harmful }
      return flips.effect <= -rules.essentialLoss ? .essential : .useful
    }
    return changesNothing || (interval.lower >= -rules.margin && interval.upper <= rules.margin)
      ? .redundant : .undecided
  }
}
