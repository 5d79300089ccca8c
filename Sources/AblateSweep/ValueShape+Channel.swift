import AblateModel

extension ValueShape {
  /// Whether a channel has given values at all its positions.
  func holds(
    _ values: UnsafePointer<Float>, channel: Int, _ value: (_ position: Int) -> Float
  ) -> Bool {
    var position = 0
    while position < positions, values[position * channels + channel] == value(position) { position += 1 }
    return position == positions
  }

  func replace(
    _ values: UnsafeMutablePointer<Float>, channel: Int, _ value: (_ position: Int) -> Float
  ) {
    for position in 0..<positions { values[position * channels + channel] = value(position) }
  }
}
