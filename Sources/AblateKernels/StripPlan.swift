import AblateKernelInterface

/// How the output pixels of a convolution are cut into strips, and where these read their inputs.
struct StripPlan {
  let geometry: WindowGeometry
  let inputs: Int
  let sourcePixelStride: Int
  /// The output pixels.
  let pixels: Range<Int>
  /// The most pixels of a strip: rows, or a part of a row, or with one tap any.
  let mostPixels: Int
  /// Floats that a strip copies, 0 if it reads the image where it is.
  let copied: Int
  /// From pixel to pixel and from row to row of what a strip reads.
  let pixelStride: Int
  let rowStride: Int
  /// Rows of what a strip reads from one row of the kernel to the next. Of a part of a row, only those that taps are in are copied.
  let rowsPerTap: Int
  /// Whether each tap has a copy of its pixels: where taps are far from one another.
  let isByTap: Bool
  /// Whether strips read pixels behind one another where they are.
  let isInPlace: Bool
  /// Taps in one row of the kernel whose inputs lie next to each other: all or one.
  let tapsPerRun: Int

  /// The places of so many pixels leave the caches to others.
  private static var listedPixels: Int { 2048 }

  /// Whether there is one tap, never in the padding: then strips are any pixels, and copies hold theirs alone.
  private let isPointwise: Bool

  @inline(never)
  @_optimize(size)
  init(_ geometry: WindowGeometry, inputs: Int, pixelStride: Int, rows: Range<Int>, cached: Int, grain: Int) {
    self.geometry = geometry
    self.inputs = inputs
    sourcePixelStride = pixelStride
    let width = geometry.outputWidth
    pixels = rows.lowerBound * width..<rows.upperBound * width
    let isInside = geometry.innerRows.count == geometry.outputHeight && geometry.innerColumns.count == width
    isPointwise = isInside && geometry.taps == 1
    let isScattered =
      isPointwise && (geometry.strideY > 1 || geometry.strideX > 1 || geometry.inputWidth > width)
    // Pixels of a tile in the same sets of the first-level cache would drive each other out.
    let isAliased = pixelStride & 1023 == 0
    let isCopied = !isInside || isAliased
    isInPlace = isPointwise && !isScattered && !isCopied
    self.pixelStride = !isCopied ? pixelStride : inputs & 255 == 0 ? inputs + 16 : inputs
    let areTapsAdjacent = geometry.dilationX == 1 && self.pixelStride == inputs
    if isPointwise {
      let most = max(grain, min(Self.listedPixels, cached / inputs))
      let strips = (pixels.count + most - 1) / most
      mostPixels = min(pixels.count, ((pixels.count + strips - 1) / strips + grain - 1) / grain * grain)
      rowStride = isCopied ? 0 : geometry.inputWidth * pixelStride
      copied = isCopied ? mostPixels * self.pixelStride : 0
      (rowsPerTap, isByTap, tapsPerRun) = (1, false, 1)
      return
    }
    let rowFloats = Self.reached(width, geometry.strideX, geometry.kernelWidth, geometry.dilationX) * inputs
    let kernelRows = (geometry.kernelHeight - 1) * geometry.dilationY + 1
    let spare = cached / rowFloats - kernelRows
    if spare >= 0 {
      let most = min(spare / geometry.strideY + 1, max(1, Self.listedPixels / width))
      let strips = (rows.count + most - 1) / most
      let height = (rows.count + strips - 1) / strips
      mostPixels = height * width
      rowStride = isCopied ? rowFloats / inputs * self.pixelStride : geometry.inputWidth * pixelStride
      copied = isCopied ? ((height - 1) * geometry.strideY + kernelRows) * rowStride : 0
      (rowsPerTap, isByTap) = (geometry.dilationY, false)
    } else {
      let columns = { (pixels: Int) in
        Self.reached(pixels, geometry.strideX, geometry.kernelWidth, geometry.dilationX)
      }
      let spare = cached / (geometry.kernelHeight * inputs) - columns(1)
      let together = max(grain, max(0, spare) / geometry.strideX + 1)
      isByTap = isCopied && columns(min(width, together)) > geometry.kernelWidth * min(width, together)
      let most = isByTap ? max(grain, cached / (geometry.taps * inputs)) : together
      let strips = (width + most - 1) / most
      mostPixels = min(width, ((width + strips - 1) / strips + grain - 1) / grain * grain)
      let cells = isByTap ? geometry.kernelWidth * mostPixels : columns(mostPixels)
      rowStride = isCopied ? cells * self.pixelStride : geometry.inputWidth * pixelStride
      rowsPerTap = isCopied ? 1 : geometry.dilationY
      copied = isCopied ? geometry.kernelHeight * rowStride : 0
    }
    tapsPerRun = areTapsAdjacent && !isByTap ? geometry.kernelWidth : 1
  }

  /// Floats from one tap in a row of the kernel to the next.
  var tapStride: Int { isByTap ? mostPixels * pixelStride : geometry.dilationX * pixelStride }

  /// Floats from one output pixel of a row to the next.
  private var step: Int { isByTap || isPointwise && copied > 0 ? pixelStride : geometry.strideX * pixelStride }

  /// Whether places are the same in each strip.
  var isRepeating: Bool { !isPointwise || copied > 0 || isInPlace }

  /// Inputs from the first tap of `outputs` in a row to the last, in the image or not.
  private static func reached(_ outputs: Int, _ stride: Int, _ kernel: Int, _ dilation: Int) -> Int {
    (outputs - 1) * stride + (kernel - 1) * dilation + 1
  }

  @inline(__always)
  func forEachStrip(_ body: (Range<Int>) -> Void) {
    var first = pixels.lowerBound
    while first < pixels.upperBound {
      var end = min(pixels.upperBound, first + mostPixels)
      if !isPointwise && mostPixels < geometry.outputWidth {
        end = min(end, (first / geometry.outputWidth + 1) * geometry.outputWidth)
      }
      body(first..<end)
      first = end
    }
  }

  /// Where the first tap of a strip is in the image.
  func offset(_ strip: Range<Int>) -> Int {
    let row = strip.lowerBound / geometry.outputWidth
    let column = strip.lowerBound - row * geometry.outputWidth
    return
      ((row * geometry.strideY - geometry.padTop) * geometry.inputWidth + column * geometry.strideX
      - geometry.padLeft) * sourcePixelStride
  }

  /// How many floats behind the first pixel's each pixel's first tap is.
  @inline(never)
  func list(_ strip: Range<Int>, _ places: UnsafeMutablePointer<Int>) {
    // Copies of pixels alone go on over the ends of rows.
    let width = isPointwise && copied > 0 ? Int.max : geometry.outputWidth
    // Read for each pixel, it would take longer than the rest.
    let step = step
    var column = strip.lowerBound % width
    var pixel = 0
    var start = 0
    while pixel < strip.count {
      let end = min(strip.count, pixel + min(strip.count, width - column))
      for index in pixel..<end { (places + index).initialize(to: start + (index - pixel) * step) }
      start += geometry.strideY * rowStride - column * step
      column = 0
      pixel = end
    }
  }

  /// Copies what a strip reads, with zeros for the padding.
  @inline(never)
  @_optimize(size)
  func copy(_ strip: Range<Int>, _ x: UnsafePointer<Float>, _ copies: UnsafeMutablePointer<Float>) {
    let width = geometry.outputWidth
    if isPointwise {
      var pixel = strip.lowerBound
      while pixel < strip.upperBound {
        let end = min(strip.upperBound, (pixel / width + 1) * width)
        copyRows(
          x + offset(pixel..<end), geometry.strideX * sourcePixelStride,
          copies + (pixel - strip.lowerBound) * pixelStride, pixelStride, end - pixel, inputs)
        pixel = end
      }
      return
    }
    let firstRow = strip.lowerBound / width
    let rows = (strip.upperBound - 1) / width - firstRow + 1
    let lines = Self.reached(rows, geometry.strideY, geometry.kernelHeight, rowsPerTap)
    let left = (strip.lowerBound - firstRow * width) * geometry.strideX - geometry.padLeft
    let columns = min(strip.count, width)
    for line in 0..<lines {
      let row = firstRow * geometry.strideY - geometry.padTop + line * (geometry.dilationY / rowsPerTap)
      let target = copies + line * rowStride
      if isByTap {
        for tap in 0..<geometry.kernelWidth {
          copyCells(
            x, row: row, column: left + tap * geometry.dilationX, every: geometry.strideX, columns,
            target + tap * tapStride)
        }
      } else {
        let cells = Self.reached(columns, geometry.strideX, geometry.kernelWidth, geometry.dilationX)
        copyCells(x, row: row, column: left, every: 1, cells, target)
      }
    }
  }

  /// Copies so many pixels of a row, from a column on, one out of `every`; zeros where there is no image.
  private func copyCells(
    _ x: UnsafePointer<Float>, row: Int, column: Int, every: Int, _ count: Int, _ target: UnsafeMutablePointer<Float>
  ) {
    let before = max(0, -column)
    let behind = max(0, geometry.inputWidth - column)
    let begin = 0 <= row && row < geometry.inputHeight ? min(count, (before + every - 1) / every) : count
    let end = max(begin, min(count, (behind + every - 1) / every))
    let isPacked = every == 1 && pixelStride == inputs && sourcePixelStride == inputs
    target.update(repeating: 0, count: begin * pixelStride)
    copyRows(
      x + (row * geometry.inputWidth + column + begin * every) * sourcePixelStride, every * sourcePixelStride,
      target + begin * pixelStride, pixelStride, isPacked ? 1 : end - begin, isPacked ? (end - begin) * inputs : inputs)
    (target + end * pixelStride).update(repeating: 0, count: (count - end) * pixelStride)
  }
}
