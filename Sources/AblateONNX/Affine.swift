import AblateRuntime

/// One number for all values of a row, or one for each.
struct Coefficients: Sendable {
  let scalar: Double
  let vector: Buffer<Double>?

  init(_ scalar: Double) {
    self.scalar = scalar
    vector = nil
  }

  init(_ vector: Buffer<Double>) {
    scalar = 0
    self.vector = vector
  }

  subscript(_ index: Int) -> Double { vector?.pointer[index] ?? scalar }

  /// Whether it is `value` for every value of a row.
  func isAll(_ value: Double) -> Bool { vector == nil && scalar == value }

  /// Combines two, value by value.
  static func combine(
    _ a: Coefficients, _ b: Coefficients, _ source: Source, _ operation: (Double, Double) -> Double
  ) throws(AblateError) -> Coefficients {
    guard let count = a.vector?.count ?? b.vector?.count else { return Coefficients(operation(a.scalar, b.scalar)) }
    let result = try source.buffer(Double.self, count: count)
    for index in 0..<count { result.pointer[index] = operation(a[index], b[index]) }
    return Coefficients(result)
  }
}

/// y = (x - center) * scale + shift for each value of a row, or each channel of an image, in double precision.
final class Affine: Sendable {
  enum Operation {
    case add, subtract, multiply, divide
    /// constant - x
    case subtractFrom
  }

  let center: Coefficients
  let scale: Coefficients
  let shift: Coefficients
  /// The node that it is named after.
  let position: Int?

  init(center: Coefficients, scale: Coefficients, shift: Coefficients, position: Int?) {
    self.center = center
    self.scale = scale
    self.shift = shift
    self.position = position
  }

  /// Of how many values they are different; nil if all numbers go for all values.
  var width: Int? { center.vector?.count ?? scale.vector?.count ?? shift.vector?.count }

  /// Whether it can be combined with numbers for `width` values.
  func goes(with width: Int?) -> Bool { self.width == nil || width == nil || self.width == width }

  static let none = Affine(center: Coefficients(0), scale: Coefficients(1), shift: Coefficients(0), position: nil)

  var isNone: Bool { center.isAll(0) && scale.isAll(1) && shift.isAll(0) }

  /// The same, followed by an operation with a constant.
  func then(
    _ operation: Operation, _ constant: Coefficients, at node: Int, _ source: Source
  ) throws(AblateError) -> Affine {
    let position = position ?? node
    switch operation {
    case .subtract where scale.isAll(1) && shift.isAll(0):
      // Kept as a center: large inputs lose nothing before they are made small.
      return Affine(
        center: try Coefficients.combine(center, constant, source, +), scale: scale, shift: shift, position: position)
    case .add, .subtract:
      let shift = try Coefficients.combine(shift, constant, source) { operation == .add ? $0 + $1 : $0 - $1 }
      return Affine(center: center, scale: scale, shift: shift, position: position)
    case .multiply, .divide:
      let combine: (Double, Double) -> Double = operation == .multiply ? { $0 * $1 } : { $0 / $1 }
      let scale = try Coefficients.combine(scale, constant, source, combine)
      let shift = shift.isAll(0) ? shift : try Coefficients.combine(shift, constant, source, combine)
      return Affine(center: center, scale: scale, shift: shift, position: position)
    case .subtractFrom:
      return try then(.multiply, Coefficients(-1), at: node, source).then(.add, constant, at: node, source)
    }
  }

  /// The same, followed by a x + b.
  func then(linear: (a: Double, b: Double), at node: Int, _ source: Source) throws(AblateError) -> Affine {
    var result = self
    if linear.a != 1 { result = try result.then(.multiply, Coefficients(linear.a), at: node, source) }
    if linear.b != 0 { result = try result.then(.add, Coefficients(linear.b), at: node, source) }
    return result
  }
}
