// What kernels do with vectors, on concrete types. What the standard library has for all types at once, among it
// selections of numbers and the logic of integers, is a loop over single lanes, which the compiler does not always join; what it has for each
// type of masks is one instruction.

#if ABLATE_V4
  typealias Vector = SIMD16<Float>
  typealias Bits = SIMD16<Int32>
  typealias HalfVector = SIMD8<Float>
  typealias HalfMask = SIMDMask<SIMD8<Int32>>
#elseif ABLATE_V3
  typealias Vector = SIMD8<Float>
  typealias Bits = SIMD8<Int32>
  typealias HalfVector = SIMD4<Float>
  typealias HalfMask = SIMDMask<SIMD4<Int32>>
#else
  typealias Vector = SIMD4<Float>
  typealias Bits = SIMD4<Int32>
  typealias HalfVector = SIMD2<Float>
  typealias HalfMask = SIMDMask<SIMD2<Int32>>
#endif

typealias Mask = SIMDMask<Bits>

/// Floats in a vector.
@inline(__always) var lanes: Int { Vector.scalarCount }

/// With wide vectors there are twice as many registers for them, and a second-level cache that keeps up with the weights a tile asks for.
@inline(__always) var isWide: Bool { lanes == 16 }

@inline(__always) func load(_ pointer: UnsafePointer<Float>) -> Vector {
  UnsafeRawPointer(pointer).loadUnaligned(as: Vector.self)
}

/// A vector of which `left` values, at least 1, can be read.
@inline(__always) func loadInside(_ left: Int, _ x: UnsafePointer<Float>) -> Vector {
  left >= lanes ? load(x) : loadFirst(left, x, else: 0)
}

@inline(__always) func store(_ vector: Vector, _ pointer: UnsafeMutablePointer<Float>) {
  UnsafeMutableRawPointer(pointer).storeBytes(of: vector, as: Vector.self)
}

@inline(__always) func splat(_ value: Float) -> Vector { Vector(repeating: value) }

/// The sum of all lanes, in pairs.
@inline(__always) func total(_ x: Vector) -> Float {
  #if ABLATE_V4
    let eight = x.lowHalf + x.highHalf
    let four = eight.lowHalf + eight.highHalf
  #elseif ABLATE_V3
    let four = x.lowHalf + x.highHalf
  #else
    let four = x
  #endif
  let two = four.lowHalf + four.highHalf
  return two[0] + two[1]
}

/// The largest of all lanes, none of which is below 0: their order is that of their bits, and NaN comes last.
@inline(__always) func largestLane(_ x: Vector) -> Float {
  #if ABLATE_V4
    let eight = larger(bits(x).lowHalf, bits(x).highHalf)
    let four = larger(eight.lowHalf, eight.highHalf)
  #elseif ABLATE_V3
    let four = larger(bits(x).lowHalf, bits(x).highHalf)
  #else
    let four = bits(x)
  #endif
  return Float(bitPattern: UInt32(bitPattern: max(max(four[0], four[1]), max(four[2], four[3]))))
}

/// The least of all lanes.
@inline(__always) func leastLane(_ x: Bits) -> Int32 {
  var least = x[0]
  for lane in 1..<lanes { least = min(least, x[lane]) }
  return least
}

/// Whether processors have an instruction for a multiplication and an addition that rounds once. Without one it would be a call to the C
/// library per lane.
@inline(__always) var isFused: Bool {
  #if ABLATE_V3 || ABLATE_V4 || arch(arm64)
    true
  #else
    false
  #endif
}

/// c + a * b, rounded once where the processor can.
@inline(__always) func multiplyAdd(_ c: Vector, _ a: Vector, _ b: Vector) -> Vector {
  isFused ? c.addingProduct(a, b) : c + a * b
}

@inline(__always) func multiplyAdd(_ c: HalfVector, _ a: HalfVector, _ b: HalfVector) -> HalfVector {
  isFused ? c.addingProduct(a, b) : c + a * b
}

@inline(__always) func multiplyAdd(_ c: Float, _ a: Float, _ b: Float) -> Float {
  isFused ? c.addingProduct(a, b) : c + a * b
}

/// All bits set in the lanes where the mask is.
@inline(__always) func bits(of mask: Mask) -> Bits { unsafeBitCast(mask, to: Bits.self) }

@inline(__always) private func mask(_ bits: Bits) -> Mask { unsafeBitCast(bits, to: Mask.self) }

extension Bits {
  @inline(__always) static func & (a: Bits, b: Bits) -> Bits { bits(of: mask(a) .& mask(b)) }
  @inline(__always) static func | (a: Bits, b: Bits) -> Bits { bits(of: mask(a) .| mask(b)) }
  @inline(__always) static func |= (a: inout Bits, b: Bits) { a = a | b }
  @inline(__always) static prefix func ~ (a: Bits) -> Bits { bits(of: .!mask(a)) }
}

@inline(__always) func select(_ mask: Mask, _ x: Vector, else other: Vector) -> Vector {
  let (x, other) = (unsafeBitCast(x, to: Mask.self), unsafeBitCast(other, to: Mask.self))
  return unsafeBitCast(other.replacing(with: x, where: mask), to: Vector.self)
}

@inline(__always) private func select(_ mask: HalfMask, _ x: HalfVector, else other: HalfVector) -> HalfVector {
  let (x, other) = (unsafeBitCast(x, to: HalfMask.self), unsafeBitCast(other, to: HalfMask.self))
  return unsafeBitCast(other.replacing(with: x, where: mask), to: HalfVector.self)
}

/// `other` in the lanes where x < limit, `x` elsewhere and in lanes with NaN.
@inline(__always) func replacing(_ x: Vector, with other: Vector, below limit: Vector) -> Vector {
  select(x .< limit, other, else: x)
}

@inline(__always) func replacing(_ x: Vector, with other: Vector, above limit: Vector) -> Vector {
  select(x .> limit, other, else: x)
}

/// The larger one; `a` where b is NaN.
@inline(__always) func larger(_ a: Vector, _ b: Vector) -> Vector { select(a .< b, b, else: a) }

/// The larger one, lane by lane.
@inline(__always) func larger(_ a: Bits, _ b: Bits) -> Bits { a.replacing(with: b, where: a .< b) }

#if ABLATE_V4
  @inline(__always) private func larger(_ a: SIMD8<Int32>, _ b: SIMD8<Int32>) -> SIMD8<Int32> {
    a.replacing(with: b, where: a .< b)
  }
#endif
#if ABLATE_V4 || ABLATE_V3
  @inline(__always) private func larger(_ a: SIMD4<Int32>, _ b: SIMD4<Int32>) -> SIMD4<Int32> {
    a.replacing(with: b, where: a .< b)
  }
#endif

/// The smaller one, lane by lane.
@inline(__always) func smaller(_ a: Bits, _ b: Bits) -> Bits { a.replacing(with: b, where: b .< a) }

/// The larger one; NaN where there is one.
@inline(__always) func largerOrNaN(_ a: Vector, _ b: Vector) -> Vector {
  select(b .!= b, b, else: larger(a, b))
}

/// Negative values become 0; NaN and -0 stay.
@inline(__always) func relu(_ x: Vector) -> Vector { replacing(x, with: .zero, below: .zero) }

/// The upper limit wins over a lower one above it; NaN stays.
@inline(__always) func clip(_ x: Vector, _ lower: Vector, _ upper: Vector) -> Vector {
  replacing(replacing(x, with: lower, below: lower), with: upper, above: upper)
}

@inline(__always) func clip(_ x: HalfVector, _ lower: HalfVector, _ upper: HalfVector) -> HalfVector {
  let raised = select(x .< lower, lower, else: x)
  return select(raised .> upper, upper, else: raised)
}

@inline(__always) func bits(_ x: Vector) -> Bits { unsafeBitCast(x, to: Bits.self) }

@inline(__always) func floats(_ x: Bits) -> Vector { unsafeBitCast(x, to: Vector.self) }

@inline(__always) func magnitude(_ x: Vector) -> Vector { floats(bits(x) & Bits(repeating: 0x7fff_ffff)) }

/// The magnitude of x with the sign of another value.
@inline(__always) func withSign(of sign: Vector, _ x: Vector) -> Vector {
  floats(bits(magnitude(x)) | (bits(sign) & Bits(repeating: Int32.min)))
}

/// `other` where `sign` is below 0, `x` elsewhere.
@inline(__always) func replacing(_ x: Vector, with other: Vector, where sign: Vector) -> Vector {
  select(sign .< .zero, other, else: x)
}

/// All bits set in the lanes where `effect` is not below `limit` (NaN is not) and the two values differ.
@inline(__always) func openLanes(_ effect: Vector, _ limit: Vector, _ a: Vector, _ b: Vector) -> Bits {
  ~(bits(of: effect .< limit) | bits(of: a .== b))
}

/// All bits set in the lanes where two values differ; NaN differs.
@inline(__always) func unequalLanes(_ a: Vector, _ b: Vector) -> Bits {
  ~bits(of: a .== b)
}

/// Infinity in place of NaN.
@inline(__always) func infinityForNaN(_ x: Vector) -> Vector {
  select(x .== x, x, else: splat(.infinity))
}

/// All bits set in the lanes where x is not below `limit`; NaN is not.
@inline(__always) func lanesNotBelow(_ x: Vector, _ limit: Vector) -> Bits {
  ~bits(of: x .< limit)
}

/// All bits set in the lanes whose number is below `count` and not `left`.
@inline(__always) func rivalLanes(_ numbers: Bits, _ left: Int32, _ count: Int32) -> Bits {
  bits(of: numbers .< Bits(repeating: count)) & ~bits(of: numbers .== Bits(repeating: left))
}

/// All bits set in the first `count` lanes.
@inline(__always) func lanesBelow(_ count: Int) -> Bits {
  bits(of: laneNumbers .< Bits(repeating: Int32(truncatingIfNeeded: min(count, lanes))))
}

/// 0, 1, 2, ...
@inline(__always) var laneNumbers: Bits {
  #if ABLATE_V4
    Bits(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
  #elseif ABLATE_V3
    Bits(0, 1, 2, 3, 4, 5, 6, 7)
  #else
    Bits(0, 1, 2, 3)
  #endif
}

#if ABLATE_V4
  typealias Words = SIMD8<UInt64>
#elseif ABLATE_V3
  typealias Words = SIMD4<UInt64>
#else
  typealias Words = SIMD2<UInt64>
#endif

/// The lanes in pairs, the first in the low half.
@inline(__always) func words(_ bits: Bits) -> Words { unsafeBitCast(bits, to: Words.self) }

@inline(__always) func isAnySet(_ bits: Bits) -> Bool {
  let words = words(bits)
  #if ABLATE_V4
    return (words[0] | words[1] | words[2] | words[3] | words[4] | words[5] | words[6] | words[7]) != 0
  #elseif ABLATE_V3
    return (words[0] | words[1] | words[2] | words[3]) != 0
  #else
    return (words[0] | words[1]) != 0
  #endif
}

/// All bits set in the lanes that are -0.
@inline(__always) func negativeZeroLanes(_ x: Vector) -> Bits { bits(of: bits(x) .== Bits(repeating: Int32.min)) }

#if ABLATE_V4
  typealias DoubleVector = SIMD8<Double>
#elseif ABLATE_V3
  typealias DoubleVector = SIMD4<Double>
#else
  typealias DoubleVector = SIMD2<Double>
#endif

@inline(__always) func load(_ pointer: UnsafePointer<Double>) -> DoubleVector {
  UnsafeRawPointer(pointer).loadUnaligned(as: DoubleVector.self)
}

@inline(__always) func store(_ vector: DoubleVector, _ pointer: UnsafeMutablePointer<Double>) {
  UnsafeMutableRawPointer(pointer).storeBytes(of: vector, as: DoubleVector.self)
}

@inline(__always) func multiplyAdd(_ c: DoubleVector, _ a: DoubleVector, _ b: DoubleVector) -> DoubleVector {
  isFused ? c.addingProduct(a, b) : c + a * b
}
