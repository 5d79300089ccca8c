import AblateRuntime

/// The bounds of one point for the lead of each class over each rival, with those of one value beside one another.
final class RivalTables: Sendable {
  let classes: Int
  /// Of one value and class; each can be read up to the next multiple of 16.
  let stride: Int
  /// [values, classes, stride]: what the lead of a class over each rival can lose per unit of growth of a value, and per unit of decline.
  let raise: Buffer<Float>
  let lower: Buffer<Float>

  /// - Parameter pairs: a row per class and rival.
  @_optimize(speed)
  init(_ pairs: Sensitivity) throws(AblateError) {
    classes = pairs.classes
    stride = RowStride.padded(classes)
    raise = try Buffer(rows: pairs.width * classes, columns: stride)
    lower = try Buffer(rows: pairs.width * classes, columns: stride)
    for row in 0..<pairs.rows {
      var place = row / classes * stride + row % classes
      let (growth, decline) = (pairs.growth(row), pairs.decline(row))
      for value in 0..<pairs.width {
        raise.pointer[place] = growth[value]
        lower.pointer[place] = decline[value]
        place += classes * stride
      }
    }
  }
}
