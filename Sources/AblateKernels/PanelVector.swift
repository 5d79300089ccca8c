/// One vector of a panel's columns. A struct around the concrete type, as extensions of the generic `SIMD8` could not be on `Float` alone.
struct OneVector: PanelVector {
  let columns: Vector

  @inline(__always) static var width: Int { lanes }
  @inline(__always) static func load(_ pointer: UnsafePointer<Float>) -> OneVector {
    OneVector(columns: UnsafeRawPointer(pointer).loadUnaligned(as: Vector.self))
  }
  @inline(__always) static func splat(_ value: Float) -> OneVector { OneVector(columns: Vector(repeating: value)) }
  @inline(__always) func store(_ pointer: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: columns, as: Vector.self)
  }
  @inline(__always) func adding(_ a: OneVector, times b: OneVector) -> OneVector {
    OneVector(columns: multiplyAdd(columns, a.columns, b.columns))
  }
  @inline(__always) func adding(_ other: OneVector) -> OneVector { OneVector(columns: columns + other.columns) }
  @inline(__always) func clipped(_ lower: OneVector, _ upper: OneVector) -> OneVector {
    OneVector(columns: clip(columns, lower.columns, upper.columns))
  }
}

/// Half a vector of them.
struct HalfOfOne: PanelVector {
  let columns: HalfVector

  @inline(__always) static var width: Int { HalfVector.scalarCount }
  @inline(__always) static func load(_ pointer: UnsafePointer<Float>) -> HalfOfOne {
    HalfOfOne(columns: UnsafeRawPointer(pointer).loadUnaligned(as: HalfVector.self))
  }
  @inline(__always) static func splat(_ value: Float) -> HalfOfOne { HalfOfOne(columns: HalfVector(repeating: value)) }
  @inline(__always) func store(_ pointer: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: columns, as: HalfVector.self)
  }
  @inline(__always) func adding(_ a: HalfOfOne, times b: HalfOfOne) -> HalfOfOne {
    HalfOfOne(columns: multiplyAdd(columns, a.columns, b.columns))
  }
  @inline(__always) func adding(_ other: HalfOfOne) -> HalfOfOne { HalfOfOne(columns: columns + other.columns) }
  @inline(__always) func clipped(_ lower: HalfOfOne, _ upper: HalfOfOne) -> HalfOfOne {
    HalfOfOne(columns: clip(columns, lower.columns, upper.columns))
  }
}
