import AblateModel
import AblateRuntime

/// How well the units that are left do without each of them.
protocol GreedySearch: AnyObject {
  /// Brings all figures up to date.
  ///
  /// - Parameter progress: called where that takes long; returning false ends it.
  func update(_ progress: Progress?) throws(AblateError)
  /// The accuracy, or the squared error: what the curve shows after its removal.
  func value(without unit: Int) -> Double
  /// Removes it.
  func remove(_ unit: Int) throws(AblateError)
}

/// The same for units that are columns of activations.
protocol ColumnSearch: AnyObject {
  /// Brings all figures up to date.
  func update() throws(AblateError)
  /// The accuracy, or the squared error: what the curve shows after its removal.
  func value(without column: Int) -> Double
  /// Notes that the activations of a row have changed.
  func rowChanged(_ row: Int)
  /// Goes on with some of the columns, ascending; the others change nothing any more. What throws changes nothing.
  ///
  /// - Parameters:
  ///   - suffix: the model behind them alone.
  ///   - replacements: theirs, with room up to a multiple of 16.
  func keep(_ columns: [Int], _ suffix: Model, replacements: Buffer<Float>) throws(AblateError)
}
