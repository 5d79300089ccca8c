/// What an item replaces in one row: one value at one point, or a second one there or at a later point.
struct Change: BitwiseCopyable {
  let unit: Int
  let value: Float
  /// -1 if there is no second one.
  var secondUnit = -1
  var secondValue: Float = 0
  /// -1 if the second one is at the same point.
  var secondPoint = -1
  /// Of a synapse, the input of the unit that is left out; -1 for others. The value is near what the chain without it gives.
  var synapse = -1
  /// What rounding in front of the value can do to a lead, where the value is only near.
  var slack: Float = 0

  /// The same and another unit.
  func and(unit: Int, at point: Int = -1, value: Float) -> Change {
    var both = self
    both.secondUnit = unit
    both.secondPoint = point
    both.secondValue = value
    return both
  }

  var hasSecondHere: Bool { secondUnit >= 0 && secondPoint < 0 }

  func apply(to values: UnsafeMutablePointer<Float>) {
    values[unit] = value
    if hasSecondHere { values[secondUnit] = secondValue }
  }

  /// Applies what is for a later point to the values there.
  func applyLater(to values: UnsafeMutablePointer<Float>) {
    if secondPoint >= 0 { values[secondUnit] = secondValue }
  }
}
