import AblateModel
import AblateRuntime

/// Removes, again and again, the unit of a hidden layer without which the others do best.
///
/// The rows run up to the layer once. Each step is a sweep of the model behind it over the activations, in which the units removed so
/// far hold their replacements.
public final class GreedyElimination {
  public let model: Model
  public let layer: Int
  private let sweep: Sweep
  private let rows: Int
  /// [rows, units] of the layer.
  private let activations: Buffer<Float>
  private let labels: Buffer<Int32>?
  private let targets: Buffer<Float>?
  /// What takes the place of each unit.
  private let replacements: Buffer<Float>
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
    try self.init(
      model: model, layer: layer, replacement: replacement, x: x, labels: labels, targets: nil, rows: rows,
      threads: threads)
  }

  /// The same for regressions: targets is [rows, outputs], finite.
  public convenience init(
    model: Model, layer: Int, replacement: Replacement = .zero, x: UnsafePointer<Float>,
    targets: UnsafePointer<Float>, rows: Int, threads: Int = 0
  ) throws(AblateError) {
    try self.init(
      model: model, layer: layer, replacement: replacement, x: x, labels: nil, targets: targets, rows: rows,
      threads: threads)
  }

  private init(
    model: Model, layer: Int, replacement: Replacement, x: UnsafePointer<Float>, labels: UnsafePointer<Int32>?,
    targets: UnsafePointer<Float>?, rows: Int, threads: Int
  ) throws(AblateError) {
    try model.require(layer: layer)
    guard layer < model.outputLayer else {
      throw AblateError(.unsupported, "layer \(layer) is the output layer: greedy elimination is for hidden layers")
    }
    guard rows > 0 else { throw AblateError(.invalidArgument, "rows is \(rows): at least one is needed") }
    try replacement.require(model: model)
    guard let replacements = try replacement.fixedValues(model: model, layer: layer) else {
      throw AblateError(.unsupported, "greedy elimination replaces each unit by the same value in every row")
    }
    let suffix = model.suffix(behindLayer: layer)
    let kind = InputKind(model: suffix, replacements: replacements)
    let sweep = try Sweep(model: suffix, kind: kind, metrics: [], changedRowLimit: 1, firstRow: 0, threads: threads)
    let units = model.layers[layer].units
    let activations = try Buffer<Float>(rows: rows, columns: units)
    try Session(model: model, threads: threads).activations(
      x, rows: rows, layer: layer, point: .activation, into: activations.pointer)
    self.model = model
    self.layer = layer
    self.sweep = sweep
    self.rows = rows
    self.activations = activations
    self.replacements = replacements
    self.labels = try labels.map { (labels) throws(AblateError) in try Buffer(copying: labels, count: rows) }
    self.targets = try targets.map { (targets) throws(AblateError) in
      try Buffer(copying: targets, count: rows * model.outputWidth)
    }
    left = Array(0..<units)
    try feed(rows: 0)
  }

  /// How many units are left.
  public var unitsLeft: Int { left.count }

  /// Removes the unit without which most rows are right, of a regression that without which the squared error is least; the lowest
  /// index on ties, an error that is NaN last.
  ///
  /// - Returns: the unit, and the accuracy, or squared error, without all units removed so far. nil if none is left.
  public func removeNext() throws(AblateError) -> (unit: Int, value: Double)? {
    if left.isEmpty { return nil }
    sweep.reset()
    try feed(rows: rows)
    var best = 0
    var bestLoss = Double.infinity
    for (place, unit) in left.enumerated() {
      let loss = try loss(without: unit)
      if loss < bestLoss { (best, bestLoss) = (place, loss) }
    }
    let unit = left.remove(at: best)
    let result = try sweep.result(unit)
    let units = model.layers[layer].units
    for row in 0..<rows { activations.pointer[row * units + unit] = replacements.pointer[unit] }
    return (unit, targets == nil ? Double(result.correct) / Double(rows) : result.squaredError ?? .nan)
  }

  private func loss(without unit: Int) throws(AblateError) -> Double {
    let result = try sweep.result(unit)
    return targets == nil ? -Double(result.correct) : result.squaredError ?? .nan
  }

  private func feed(rows: Int) throws(AblateError) {
    if let targets { return try sweep.feed(activations.pointer, targets: targets.pointer, rows: rows) }
    if let labels { try sweep.feed(activations.pointer, labels: labels.pointer, rows: rows) }
  }
}

extension Buffer {
  fileprivate convenience init(copying elements: UnsafePointer<Element>, count: Int) throws(AblateError) {
    try self.init(count: count)
    pointer.copy(from: elements, count: count)
  }
}
