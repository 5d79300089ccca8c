import AblateKernelInterface

/// Floats of an image with its padding that stay in the second-level cache.
@inline(__always) private var cachedStrip: Int { 32 * 1024 }

extension Convolution {
  /// How many rows of outputs `runPadded` takes at a time; 0 if it would not pay.
  ///
  /// With few inputs, copying the taps of a tile at the border takes longer than its sums.
  var rowsOfStrip: Int {
    let isInside =
      geometry.innerRows.count == geometry.outputHeight && geometry.innerColumns.count == geometry.outputWidth
    if !isTuned || inputs > 4 || isInside { return 0 }
    let room = cachedStrip / (geometry.reachedWidth * inputs) - geometry.reachedHeight(rows: 1)
    return room < 0 ? 0 : room / geometry.strideY + 1
  }

  /// Copies the image with its padding, some rows at a time, and goes on without padding.
  @inline(never)
  @_optimize(size)
  func runPadded(_ rows: Range<Int>, _ strip: Int) {
    let rowFloats = geometry.reachedWidth * inputs
    let capacity = geometry.reachedHeight(rows: min(strip, rows.count)) * rowFloats
    withUnsafeTemporaryAllocation(of: Float.self, capacity: capacity) { copy in
      guard let copy = copy.baseAddress else { return }
      var row = rows.lowerBound
      while row < rows.upperBound {
        let count = min(strip, rows.upperBound - row)
        let height = geometry.reachedHeight(rows: count)
        for line in 0..<height { copyRow(row * geometry.strideY - geometry.padTop + line, copy + line * rowFloats) }
        let inner = WindowGeometry(
          inputHeight: height, inputWidth: geometry.reachedWidth, kernelHeight: geometry.kernelHeight,
          kernelWidth: geometry.kernelWidth, strideY: geometry.strideY, strideX: geometry.strideX,
          dilationY: geometry.dilationY, dilationX: geometry.dilationX, outputHeight: count,
          outputWidth: geometry.outputWidth)
        let offset = row * geometry.outputWidth * yPixelStride
        Convolution(
          packed: packed, bias: bias, geometry: inner, inputs: inputs, panels: panels, x: copy,
          xPixelStride: inputs, y: y + offset, yPixelStride: yPixelStride, activation: activation,
          residual: residual.map { $0 + offset }
        ).run(rows: 0..<count)
        row += count
      }
    }
  }

  private func copyRow(_ row: Int, _ target: UnsafeMutablePointer<Float>) {
    let width = geometry.reachedWidth
    target.update(repeating: 0, count: width * inputs)
    if row < 0 || row >= geometry.inputHeight { return }
    let source = x + row * geometry.inputWidth * xPixelStride
    let start = target + geometry.padLeft * inputs
    let count = max(0, min(geometry.inputWidth, width - geometry.padLeft))
    if xPixelStride == inputs { return copyFloats(source, start, count * inputs) }
    for column in 0..<count { copyFloats(source + column * xPixelStride, start + column * inputs, inputs) }
  }
}

extension WindowGeometry {
  /// Columns from the first tap to the last, in the image or not.
  fileprivate var reachedWidth: Int { (outputWidth - 1) * strideX + (kernelWidth - 1) * dilationX + 1 }

  /// The same for some rows of outputs.
  fileprivate func reachedHeight(rows: Int) -> Int { (rows - 1) * strideY + (kernelHeight - 1) * dilationY + 1 }
}
