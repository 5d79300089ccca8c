import AblateRuntime

/// Images come, and weights behind them are given, as [channels, height, width]; inside, channels are last.
extension ModelBuilder {
  /// A point that has the image of `point` channels-last, as convolutions read it: itself, or that of a step which is added.
  ///
  /// The input is an image if its shape is [channels, height, width] or [channels, width]; scalings and activation functions leave it one.
  public mutating func addImage(from point: Int? = nil) throws(AblateError) -> Int {
    let point = try source(point)
    guard let image = rowMajorImage(at: point) else { return point }
    let table = try transposition(rows: image.positions, columns: image.channels)
    try addArrangement(name: "", shape: image, sources: table, from: point)
    return lastPoint
  }

  /// A point that has the values of `point` as [channels, height, width]: itself, or that of a step which is added.
  public mutating func addRowMajor(from point: Int? = nil) throws(AblateError) -> Int {
    let point = try source(point)
    let image = shapes[point]
    if image.isSameChannelsFirst { return point }
    let table = try transposition(rows: image.channels, columns: image.positions)
    try addArrangement(name: "", shape: .flat(image.count), sources: table, from: point)
    return lastPoint
  }

  /// The axes that a step which reads images finds at a point, once `addImage` was called for it.
  public func imageShape(at point: Int? = nil) throws(AblateError) -> ValueShape {
    let point = try source(point)
    return rowMajorImage(at: point) ?? shapes[point]
  }

  /// Values given as [channels, height, width] in the order that those of a point have; nil if they are in it already, or are
  /// too many or too few.
  public func imageOrder(
    _ values: UnsafeBufferPointer<Float>, at point: Int? = nil
  ) throws(AblateError) -> Buffer<Float>? {
    let image = shapes[try source(point)]
    guard let start = values.baseAddress, values.count == image.count, !image.isSameChannelsFirst else { return nil }
    let ordered = try Buffer<Float>(count: image.count)
    image.copyChannelsLast(start, into: ordered.pointer, positions: 0..<image.positions)
    return ordered
  }

  /// The axes of values that are those of the input, one by one, and so in its order; nil if that is the order of images.
  private func rowMajorImage(at point: Int) -> ValueShape? {
    var point = point
    while point > 0 {
      switch steps[point - 1] {
      case .affine, .activation: point = sources[point - 1][0]
      case .dense, .convolution, .operation: return nil
      }
    }
    guard shapes[0].positions == 1, let image = ValueShape.image(ofInput: inputShape) else { return nil }
    return image.positions == 1 ? nil : image
  }

  /// Where the values of [rows, columns] are in [columns, rows].
  ///
  /// - Throws: `unsupported` for too many to number.
  private func transposition(rows: Int, columns: Int) throws(AblateError) -> Buffer<Int32> {
    let count = rows * columns
    guard count < Int(Int32.max) else { throw AblateError(.unsupported, "images of \(count) values are too large") }
    let table = try Buffer<Int32>(count: count)
    ValueShape.writeTransposition(rows: rows, columns: columns, into: table.pointer)
    return table
  }
}
