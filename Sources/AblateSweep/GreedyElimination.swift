import AblateModel
import AblateRuntime

/// Removes, again and again, the unit of a hidden layer without which the others do best.
public final class GreedyElimination {
  public let model: Model
  public let layer: Int
  private let search: any GreedySearch
  /// Whether the search gives squared errors.
  private let isRegression: Bool
  /// The units that are not removed, ascending.
  private var left: [Int]

  /// - Parameters:
  ///   - x: [rows, input width], at least one row.
  ///   - labels: [rows] in 0 ..< classCount.
  ///   - threads: the caller's included, at most 256; 0 for one per processor.
  /// - Throws: `unsupported` for the output layer, for `resample` and for multilabel models; `invalidArgument`.
  public convenience init(
    model: Model, layer: Int, replacement: Replacement = .zero, x: UnsafePointer<Float>,
    labels: UnsafePointer<Int32>, rows: Int, threads: Int = 0
  ) throws(AblateError) {
    try self.init(model: model, layer: layer, replacement: replacement, x: x, rows: rows, threads: threads) {
      () throws(AblateError) in
      try Sweep.requireRows(areLabelled: true, model: model)
      return .labels(try model.checkedCopy(ofLabels: labels, rows: rows))
    }
  }

  /// The same for regressions: targets is [rows, outputs], finite.
  public convenience init(
    model: Model, layer: Int, replacement: Replacement = .zero, x: UnsafePointer<Float>,
    targets: UnsafePointer<Float>, rows: Int, threads: Int = 0
  ) throws(AblateError) {
    try self.init(model: model, layer: layer, replacement: replacement, x: x, rows: rows, threads: threads) {
      () throws(AblateError) in
      try Sweep.requireRows(areLabelled: false, model: model)
      let own = try Buffer<Float>(rows: rows, columns: model.outputWidth)
      own.pointer.copy(from: targets, count: own.count)
      return .targets(own)
    }
  }

  private init(
    model: Model, layer: Int, replacement: Replacement, x: UnsafePointer<Float>, rows: Int, threads: Int,
    answers copyOfAnswers: () throws(AblateError) -> GreedyAnswers
  ) throws(AblateError) {
    try model.require(layer: layer)
    guard layer < model.outputLayer else {
      throw AblateError(.unsupported, "layer \(layer) is the output layer: greedy elimination is for hidden layers")
    }
    guard rows > 0 else { throw AblateError(.invalidArgument, "rows is \(rows): at least one is needed") }
    try replacement.require(model: model)
    try Sweep.requireSweepable(model)
    let answers = try copyOfAnswers()
    isRegression = model.head == .regression
    guard let replacements = try replacement.fixedValues(model: model, layer: layer) else {
      throw AblateError(.unsupported, "greedy elimination replaces each unit by the same value in every row")
    }
    search =
      model.isInChain(layer)
      ? try ChainSearch(
        model: model, layer: layer, replacements: replacements, x: x, answers, rows: rows, threads: threads)
      : try ChannelSearch(
        model: model, layer: layer, replacement: replacement, x: x, answers, rows: rows, threads: threads)
    self.model = model
    self.layer = layer
    left = Array(0..<model.layers[layer].units)
  }

  /// Removes the unit without which most rows are right, of a regression that without which the squared error is least; the lowest
  /// index on ties, an error that is NaN last.
  ///
  /// - Parameter progress: called on this thread where a step takes long, with how much of it is done and all; returning false ends the
  ///   elimination.
  /// - Returns: the unit, and the accuracy, or squared error, without all units removed so far. nil if none is left.
  /// - Throws: `cancelled` when `progress` ended it, then and later: the steps before stand.
  public func removeNext(progress: Progress? = nil) throws(AblateError) -> (unit: Int, value: Double)? {
    if left.isEmpty { return nil }
    do {
      try search.update(progress)
    } catch {
      guard error.kind == .cancelled else { throw error }
      throw AblateError(
        .cancelled,
        "cancelled by the progress callback after \(model.layers[layer].units - left.count) steps, which stand")
    }
    var best = 0
    for place in 1..<max(1, left.count) where loss(without: left[place]) < loss(without: left[best]) { best = place }
    let unit = left.remove(at: best)
    try search.remove(unit)
    return (unit, search.value(without: unit))
  }

  /// The less, the better to remove the unit.
  private func loss(without unit: Int) -> Double {
    let value = search.value(without: unit)
    if !isRegression { return -value }
    return value.isNaN ? .infinity : value
  }
}
