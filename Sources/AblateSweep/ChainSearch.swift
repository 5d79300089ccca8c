import AblateModel
import AblateRuntime

/// By the model behind a layer of the chain that it ends in, over the activations of that layer: the rows run up to it once.
///
/// The units removed so far hold their replacements there, or are left out where that is 0. Of a classifier, only rows that the last
/// removal changed are swept again.
final class ChainSearch: GreedySearch {
  private let rows: Int
  /// The unit of each column, ascending, and the column of each unit that is left.
  private var units: [Int]
  private var columns: [Int]
  /// [rows, columns]
  private let activations: Buffer<Float>
  /// [columns]: what takes the place of each unit.
  private var replacements: Buffer<Float>
  /// The model behind the columns.
  private var suffix: Model
  private let search: any ColumnSearch
  /// The columns of units that are not removed, ascending.
  private var left: [Int]

  init(
    model: Model, layer: Int, replacements: Buffer<Float>, x: UnsafePointer<Float>,
    _ answers: GreedyAnswers, rows: Int, threads: Int
  ) throws(AblateError) {
    let suffix = model.suffix(behindLayer: layer)
    let units = model.layers[layer].units
    let activations = try Buffer<Float>(rows: rows, columns: units)
    try Session(model: model, threads: threads).activations(
      x, rows: rows, layer: layer, point: .activation, into: activations.pointer)
    switch answers {
    case .labels(let labels):
      search = try AccuracySearch(
        suffix, replacements: replacements, activations: activations, labels: labels, threads: threads)
    case .targets(let targets):
      search = try SquaredErrorSearch(
        suffix, replacements: replacements, activations: activations, targets: targets, rows: rows, threads: threads)
    }
    self.rows = rows
    self.suffix = suffix
    self.units = Array(0..<units)
    columns = self.units
    left = self.units
    self.activations = activations
    self.replacements = replacements
  }

  func update(_ progress: Progress?) throws(AblateError) {
    try narrow()
    try search.update()
  }

  func value(without unit: Int) -> Double { search.value(without: columns[unit]) }

  func remove(_ unit: Int) {
    let column = columns[unit]
    left.removeAll { $0 == column }
    let replacement = replacements.pointer[column]
    var place = column
    for row in 0..<rows {
      if activations.pointer[place] != replacement {
        activations.pointer[place] = replacement
        search.rowChanged(row)
      }
      place += units.count
    }
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
    for (place, unit) in units.enumerated() { columns[unit] = place }
    self.replacements = replacements
    self.suffix = suffix
  }
}
