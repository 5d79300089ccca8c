import AblateRuntime

/// The bounds of one point for the lead of each class over each rival, with those of one value beside one another.
final class RivalBounds: Sendable {
  private let classes: Int
  /// Of one value and class; each can be read up to the next multiple of 16.
  private let stride: Int
  /// [values, classes, stride]: what the lead of a class over each rival can lose per unit of growth of a value, and per unit of decline.
  let raise: Buffer<Float>
  let lower: Buffer<Float>

  /// - Parameter pairs: a row per class and rival.
  init(_ pairs: Sensitivity, classes: Int) throws(AblateError) {
    self.classes = classes
    stride = RowStride.padded(classes)
    raise = try Buffer(rows: pairs.width * classes, columns: stride)
    lower = try Buffer(rows: pairs.width * classes, columns: stride)
    for (table, source) in [(raise, pairs.raise), (lower, pairs.lower)] {
      var own = source.pointer
      for prediction in 0..<classes {
        for rival in 0..<classes {
          var target = table.pointer + start(of: 0, prediction: prediction) + rival
          for value in 0..<pairs.width {
            target.pointee = own[value]
            target += valueStride
          }
          own += pairs.stride
        }
      }
    }
  }

  /// From one value to the next.
  var valueStride: Int { classes * stride }

  /// Where the bounds of a value for the lead of a class over the first rival are.
  func start(of value: Int, prediction: Int) -> Int { value * valueStride + prediction * stride }
}
