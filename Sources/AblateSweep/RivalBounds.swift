import AblateRuntime

/// The bounds of one point for the lead of each class over each rival, with those of one value beside one another.
final class RivalTables: Sendable {
  fileprivate let classes: Int
  /// Of one value and class; each can be read up to the next multiple of 16.
  fileprivate let stride: Int
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

/// These tables where something else keeps them.
struct RivalBounds: BitwiseCopyable {
  private let stride: Int
  let raise: UnsafePointer<Float>
  let lower: UnsafePointer<Float>
  /// From one value to the next.
  let valueStride: Int

  init(_ tables: RivalTables) {
    stride = tables.stride
    raise = UnsafePointer(tables.raise.pointer)
    lower = UnsafePointer(tables.lower.pointer)
    valueStride = tables.classes * tables.stride
  }

  /// Where the bounds of a value for the lead of a class over the first rival are.
  func start(of value: Int, prediction: Int) -> Int { value * valueStride + prediction * stride }

  /// What the lead over a rival can lose by a change of a value.
  @inline(__always)
  func effect(of change: Float, at place: Int) -> Float {
    change < 0 ? -change * lower[place] : change * raise[place]
  }
}
