/// Magnitudes that keep NaN, which stands for one that is not known.
package enum Magnitude {
  /// The largest of some values; NaN if one is NaN.
  package static func largest(_ values: UnsafePointer<Float>, count: Int) -> Float {
    var largest: Float = 0
    for index in 0..<count {
      let value = abs(values[index])
      if value.isNaN { return .nan }
      largest = max(largest, value)
    }
    return largest
  }

  /// The larger of two; NaN if one is NaN, whichever it is.
  package static func larger(_ one: Float, _ other: Float) -> Float { one.isNaN || other <= one ? one : other }
}
