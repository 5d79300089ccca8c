import AblateModel
import AblateRuntime

/// Removes, again and again, the unit of a hidden layer without which the others do best.
///
/// The rows run up to the layer once. Each step is a sweep of the model behind it over the activations, in which the units removed so
/// far hold their replacements. Of a classifier, only rows that the last removal changed are swept again.
public final class GreedyElimination {
  public let model: Model
  public let layer: Int
  private let rows: Int
  private let units: Int
  /// [rows, units] of the layer.
  private let activations: Buffer<Float>
  /// What takes the place of each unit.
  private let replacements: Buffer<Float>
  private let search: any GreedySearch
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
    try model.requireChain("greedy elimination", of: [layer])
    guard rows > 0 else { throw AblateError(.invalidArgument, "rows is \(rows): at least one is needed") }
    try replacement.require(model: model)
    try Sweep.require([], model: model)
    try Sweep.requireRows(areLabelled: targets == nil, model: model)
    guard let replacements = try replacement.fixedValues(model: model, layer: layer) else {
      throw AblateError(.unsupported, "greedy elimination replaces each unit by the same value in every row")
    }
    let suffix = model.suffix(behindLayer: layer)
    let units = model.layers[layer].units
    let activations = try Buffer<Float>(rows: rows, columns: units)
    try Session(model: model, threads: threads).activations(
      x, rows: rows, layer: layer, point: .activation, into: activations.pointer)
    if let targets {
      search = try SquaredErrorSearch(
        suffix, replacements: replacements, activations: activations, targets: targets, rows: rows, threads: threads)
    } else if let labels {
      search = try AccuracySearch(
        suffix, replacements: replacements, activations: activations, labels: labels, rows: rows, threads: threads)
    } else {
      throw AblateError(.invalidArgument, "there are no labels and no targets")
    }
    self.model = model
    self.layer = layer
    self.rows = rows
    self.units = units
    self.activations = activations
    self.replacements = replacements
    left = Array(0..<units)
  }

  /// How many units are left.
  public var unitsLeft: Int { left.count }

  /// Removes the unit without which most rows are right, of a regression that without which the squared error is least; the lowest
  /// index on ties, an error that is NaN last.
  ///
  /// - Returns: the unit, and the accuracy, or squared error, without all units removed so far. nil if none is left.
  public func removeNext() throws(AblateError) -> (unit: Int, value: Double)? {
    if left.isEmpty { return nil }
    try search.update()
    var best = 0
    for place in 1..<max(1, left.count) where search.loss(without: left[place]) < search.loss(without: left[best]) {
      best = place
    }
    let unit = left.remove(at: best)
    let value = search.value(without: unit)
    for row in 0..<rows where activations.pointer[row * units + unit] != replacements.pointer[unit] {
      activations.pointer[row * units + unit] = replacements.pointer[unit]
      search.rowChanged(row)
    }
    return (unit, value)
  }
}
