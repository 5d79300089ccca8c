/// What an item replaces in one row at one point: one value, or two.
struct Change: BitwiseCopyable {
  let unit: Int
  let value: Float
  /// -1 if there is no second one.
  let secondUnit: Int
  let secondValue: Float

  init(unit: Int, value: Float) {
    self.init(unit: unit, value: value, secondUnit: -1, secondValue: 0)
  }

  init(unit: Int, value: Float, secondUnit: Int, secondValue: Float) {
    self.unit = unit
    self.value = value
    self.secondUnit = secondUnit
    self.secondValue = secondValue
  }

  func apply(to values: UnsafeMutablePointer<Float>) {
    values[unit] = value
    if secondUnit >= 0 { values[secondUnit] = secondValue }
  }
}
