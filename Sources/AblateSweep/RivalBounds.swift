import AblateRuntime

/// `RivalTables` that something else keeps.
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
