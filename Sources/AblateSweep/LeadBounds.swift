import AblateRuntime

/// The tables of a `Sensitivity` that something else keeps.
struct LeadBounds: BitwiseCopyable {
  /// [classes, stride], see `Sensitivity`.
  let raise: UnsafePointer<Float>
  let lower: UnsafePointer<Float>
  /// [stride]
  let reach: UnsafePointer<Float>
  let stride: Int

  init(_ tables: Sensitivity) {
    raise = UnsafePointer(tables.raise.pointer)
    lower = UnsafePointer(tables.lower.pointer)
    reach = UnsafePointer(tables.reach.pointer)
    stride = tables.stride
  }
}
