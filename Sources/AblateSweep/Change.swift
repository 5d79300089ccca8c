/// What an item replaces in one row at one point: one value, or two.
struct Change: BitwiseCopyable {
  let unit: Int
  let value: Float
  /// -1 if there is no second one.
  var secondUnit = -1
  var secondValue: Float = 0
  /// Of a synapse, the input of the unit that is left out; -1 for others. The value is near what the chain without it gives.
  var synapse = -1
  /// What rounding in front of the value can do to a lead, where the value is only near.
  var slack: Float = 0

  func apply(to values: UnsafeMutablePointer<Float>) {
    values[unit] = value
    if secondUnit >= 0 { values[secondUnit] = secondValue }
  }
}
