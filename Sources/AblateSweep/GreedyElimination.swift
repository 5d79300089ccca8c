import AblateModel
import AblateRuntime

/// Removes, again and again, the unit of a hidden layer without which the others do best.
///
/// The rows run up to the layer once. Each step is a sweep of the model behind it over the activations, in which the units removed so
/// far hold their replacements, or are left out where that is 0. Of a classifier, only rows that the last removal changed are swept again.
public final class GreedyElimination {
  public let model: Model
  public let layer: Int
  private let rows: Int
  /// The unit of each column, ascending.
  private var units: [Int]
  /// [rows, columns]
  private let activations: Buffer<Float>
  /// [columns]: what takes the place of each unit.
  private var replacements: Buffer<Float>
  /// The model behind the columns.
  private var suffix: Model
  private let search: any GreedySearch
  /// The columns of units that are not removed, ascending.
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
    self.suffix = suffix
    self.units = Array(0..<units)
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
    try narrow()
    try search.update()
    var best = 0
    for place in 1..<max(1, left.count) where search.loss(without: left[place]) < search.loss(without: left[best]) {
      best = place
    }
    let column = left.remove(at: best)
    let value = search.value(without: column)
    let replacement = replacements.pointer[column]
    var place = column
    for row in 0..<rows {
      if activations.pointer[place] != replacement {
        activations.pointer[place] = replacement
        search.rowChanged(row)
      }
      place += units.count
    }
    return (units[column], value)
  }

  /// Leaves out the columns that have become 0, once they are an eighth: terms that are 0 change no chain but for the sign of a zero.
  private func narrow() throws(AblateError) {
    if 8 * left.count > 7 * units.count { return }
    var kept: [Int] = []
    var places: [Int] = []
    for column in units.indices {
      let isLeft = places.count < left.count && left[places.count] == column
      if isLeft { places.append(kept.count) }
      if isLeft || replacements.pointer[column] != 0 { kept.append(column) }
    }
    if 8 * kept.count > 7 * units.count { return }
    guard let suffix = try suffix.keepingInputs(kept) else { return }
    let replacements = try Buffer<Float>(count: RowStride.padded(kept.count))
    for (place, column) in kept.enumerated() { replacements.pointer[place] = self.replacements.pointer[column] }
    try search.keep(kept, suffix, replacements: replacements)
    var target = 0
    for row in 0..<rows {
      for column in kept {
        activations.pointer[target] = activations.pointer[row * units.count + column]
        target += 1
      }
    }
    left = places
    units = kept.map { units[$0] }
    self.replacements = replacements
    self.suffix = suffix
  }
}
