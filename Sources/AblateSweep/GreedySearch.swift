import AblateRuntime

/// How well the units that are left do without each of them.
protocol GreedySearch: AnyObject {
  /// Brings all figures up to date.
  func update() throws(AblateError)
  /// The less, the better to remove the unit; infinite rather than NaN.
  func loss(without unit: Int) -> Double
  /// What the curve shows after its removal.
  func value(without unit: Int) -> Double
  /// Notes that the activations of a row have changed.
  func rowChanged(_ row: Int)
}
