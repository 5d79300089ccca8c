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
    let isCopied = !isInside || isAliased || isScattered && !areRowsFree
    self.pixelStride = !isCopied ? pixelStride : inputs & 255 == 0 ? inputs + 16 : inputs
    tapsPerRun = geometry.dilationX == 1 && self.pixelStride == inputs ? geometry.kernelWidth : 1
    if isPointwise {
      let most = max(grain, min(Self.listedPixels, cached / inputs))
      let strips = (pixels.count + most - 1) / most
      mostPixels = min(pixels.count, ((pixels.count + strips - 1) / strips + grain - 1) / grain * grain)
      rowStride = isCopied ? 0 : geometry.inputWidth * pixelStride
      copied = isCopied ? mostPixels * self.pixelStride : 0
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
    } else {
      let spare = cached / (kernelRows * inputs) - (geometry.kernelWidth - 1) * geometry.dilationX - 1
      let most = max(grain, max(0, spare) / geometry.strideX + 1)
      let strips = (width + most - 1) / most
      mostPixels = min(width, ((width + strips - 1) / strips + grain - 1) / grain * grain)
      let columns = Self.reached(mostPixels, geometry.strideX, geometry.kernelWidth, geometry.dilationX)
      rowStride = isCopied ? columns * self.pixelStride : geometry.inputWidth * pixelStride
      copied = isCopied ? kernelRows * rowStride : 0
    }
  }

  /// Whether all pixels are at one stride.
  var isUniform: Bool {
    isPointwise && copied > 0
      || geometry.strideX * geometry.outputWidth * pixelStride == geometry.strideY * rowStride
  }

  /// Whether places are the same in each strip.
  var isRepeating: Bool { !isPointwise || isUniform }

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
  @_optimize(size)
  func list(_ strip: Range<Int>, _ places: UnsafeMutablePointer<Int>) {
    if isPointwise && copied > 0 {
      for pixel in 0..<strip.count { (places + pixel).initialize(to: pixel * pixelStride) }
      return
    }
    var column = strip.lowerBound % geometry.outputWidth
    var place = 0
    for pixel in 0..<strip.count {
      (places + pixel).initialize(to: place)
      place += geometry.strideX * pixelStride
      column += 1
      if column == geometry.outputWidth {
        column = 0
        place += geometry.strideY * rowStride - geometry.outputWidth * geometry.strideX * pixelStride
      }
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
    let lines = Self.reached(rows, geometry.strideY, geometry.kernelHeight, geometry.dilationY)
    let left = (strip.lowerBound - firstRow * width) * geometry.strideX - geometry.padLeft
    let cells = Self.reached(min(strip.count, width), geometry.strideX, geometry.kernelWidth, geometry.dilationX)
    for line in 0..<lines {
      let row = firstRow * geometry.strideY - geometry.padTop + line
      let target = copies + line * rowStride
      let begin = 0 <= row && row < geometry.inputHeight ? min(cells, max(0, -left)) : cells
      let end = max(begin, min(cells, geometry.inputWidth - left))
      let source = x + (row * geometry.inputWidth + left + begin) * sourcePixelStride
      let isOne = pixelStride == sourcePixelStride
      target.update(repeating: 0, count: begin * pixelStride)
      copyRows(
        source, sourcePixelStride, target + begin * pixelStride, pixelStride, isOne ? 1 : end - begin,
        isOne ? (end - begin) * inputs : inputs)
      (target + end * pixelStride).update(repeating: 0, count: (cells - end) * pixelStride)
    }
  }
}
