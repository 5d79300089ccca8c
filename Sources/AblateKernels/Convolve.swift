import AblateKernelInterface

/// The k of one pass: a tile's inputs stay in the first-level cache.
@inline(__always) private var blockOfK: Int { 1024 }

/// Floats of weights that stay in the second-level cache while the pixels go by.
@inline(__always) private var cachedWeights: Int { 64 * 1024 }

/// A convolution of one image or of one group of its channels: see `KernelTable.convolve`.
///
/// Output pixels go through tiles in their order, over the ends of rows too. A tile whose taps are all in the image and at one stride
/// reads them where they are; the others, at the borders, copy theirs, with zeros for the padding.
struct Convolution {
  let packed: UnsafePointer<Float>
  let bias: UnsafePointer<Float>
  let geometry: WindowGeometry
  let inputs: Int
  let panels: Panels
  let x: UnsafePointer<Float>
  let xPixelStride: Int
  let y: UnsafeMutablePointer<Float>
  let yPixelStride: Int
  let activation: Activation
  let residual: UnsafePointer<Float>?

  /// The columns and rows of outputs whose taps are all in the image.
  private let innerColumns: Range<Int>
  private let innerRows: Range<Int>

  init(
    _ packed: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ geometry: WindowGeometry, _ inputs: Int,
    _ units: Int, _ x: UnsafePointer<Float>, _ xPixelStride: Int, _ y: UnsafeMutablePointer<Float>,
    _ yPixelStride: Int, _ activation: Activation, _ residual: UnsafePointer<Float>?
  ) {
    self.packed = packed
    self.bias = bias
    self.geometry = geometry
    self.inputs = inputs
    panels = Panels(k: geometry.kernelHeight * geometry.kernelWidth * inputs, n: units)
    self.x = x
    self.xPixelStride = xPixelStride
    self.y = y
    self.yPixelStride = yPixelStride
    self.activation = activation
    self.residual = residual
    innerColumns = geometry.innerColumns
    innerRows = geometry.innerRows
  }

  /// Whether a pixel's taps in one row of the kernel lie next to each other.
  private var rowsAreRuns: Bool { geometry.dilationX == 1 && xPixelStride == inputs }

  /// Whether the pixels of the output are those of the input.
  private var isPixelwise: Bool {
    geometry.kernelHeight == 1 && geometry.kernelWidth == 1 && geometry.strideY == 1 && geometry.strideX == 1
      && geometry.padTop == 0 && geometry.padLeft == 0 && geometry.inputWidth == geometry.outputWidth
      && geometry.inputHeight >= geometry.outputHeight
  }

  func run(rows: Range<Int>) {
    let length = rowsAreRuns ? geometry.kernelWidth * inputs : inputs
    let parts = (length + blockOfK - 1) / blockOfK
    let count = geometry.kernelHeight * (rowsAreRuns ? 1 : geometry.kernelWidth) * parts
    withUnsafeTemporaryAllocation(of: Run.self, capacity: count) { room in
      guard let runs = room.baseAddress else { return }
      list(runs, length: length, parts: parts)
      withUnsafeTemporaryAllocation(of: Float.self, capacity: tileHeight * min(panels.k, blockOfK)) { copies in
        guard let copies = copies.baseAddress else { return }
        run(rows, runs, count, copies)
      }
    }
  }

  private func list(_ runs: UnsafeMutablePointer<Run>, length: Int, parts: Int) {
    var count = 0
    for row in 0..<geometry.kernelHeight {
      for column in 0..<(rowsAreRuns ? 1 : geometry.kernelWidth) {
        let offset =
          (row * geometry.dilationY * geometry.inputWidth + column * geometry.dilationX) * xPixelStride
        var done = 0
        for part in 0..<parts {
          let now = (length - done) / (parts - part)
          (runs + count).initialize(to: Run(offset: offset + done, count: now))
          done += now
          count += 1
        }
      }
    }
  }

  private func run(
    _ rows: Range<Int>, _ runs: UnsafePointer<Run>, _ count: Int, _ copies: UnsafeMutablePointer<Float>
  ) {
    let group = max(1, cachedWeights / (min(panels.k, blockOfK) * panelWidth))
    var first = 0
    while first < panels.count {
      let last = min(panels.count, first + group)
      var run = 0
      var done = 0
      while run < count {
        var end = run
        var depth = 0
        while end < count && (end == run || depth + runs[end].count <= blockOfK) {
          depth += runs[end].count
          end += 1
        }
        block(rows, runs + run, end - run, first..<last, done: done, depth, copies)
        run = end
        done += depth
      }
      first = last
    }
  }

  /// Terms done ..< done + depth of the units of some panels.
  private func block(
    _ rows: Range<Int>, _ runs: UnsafePointer<Run>, _ count: Int, _ range: Range<Int>, done: Int, _ depth: Int,
    _ copies: UnsafeMutablePointer<Float>
  ) {
    let width = geometry.outputWidth
    let isLast = done + depth == panels.k
    let limits = Limits(activation)
    let end = rows.upperBound * width
    var pixel = rows.lowerBound * width
    let tiles = (end - pixel + tileHeight - 1) / tileHeight
    var copied = Run(offset: 0, count: depth)
    withUnsafePointer(to: &copied) { copied in
      for tile in 0..<tiles {
        let height = (end - pixel + tiles - tile - 1) / (tiles - tile)
        let place = directPlace(pixel, height)
        if place == nil { copy(pixel, height, done, depth, copies) }
        for panel in range {
          let column = panel * panelWidth
          let columns = panels.width(of: panel)
          let offset = pixel * yPixelStride + column
          let tile = ConvolutionTile(
            a: place ?? UnsafePointer(copies), aStride: place == nil ? depth : geometry.strideX * xPixelStride,
            runs: place == nil ? copied : runs, runCount: place == nil ? 1 : count,
            panel: packed + panels.offset(of: panel) + done * columns,
            start: done == 0 ? .bias(bias + column) : .partialSums, y: y + offset, yStride: yPixelStride,
            finish: isLast
              ? Finish(residual: residual.map { $0 + offset }, lower: limits.lower, upper: limits.upper) : nil)
          if panel < panels.full || panels.rest == panels.restWidth {
            tile.sum(rows: height, width: columns)
          } else {
            sumRest(tile, rows: height)
          }
        }
        if isLast && !limits.suffice {
          let first = range.lowerBound * panelWidth
          let columns = min(range.upperBound * panelWidth, panels.n) - first
          for row in 0..<height {
            let target = y + (pixel + row) * yPixelStride + first
            activate(activation, target, target, columns)
          }
        }
        pixel += height
      }
    }
  }

  /// Where the first taps of a tile's first pixel are, if no tap of the tile is in the padding and its pixels are at one stride.
  private func directPlace(_ pixel: Int, _ height: Int) -> UnsafePointer<Float>? {
    if isPixelwise { return x + pixel * xPixelStride }
    let row = pixel / geometry.outputWidth
    let column = pixel - row * geometry.outputWidth
    guard innerRows.contains(row), innerColumns.lowerBound <= column, column + height <= innerColumns.upperBound
    else { return nil }
    let inputRow = row * geometry.strideY - geometry.padTop
    let inputColumn = column * geometry.strideX - geometry.padLeft
    return x + (inputRow * geometry.inputWidth + inputColumn) * xPixelStride
  }

  /// Copies terms done ..< done + depth of some pixels, [pixels, depth].
  @inline(never)
  private func copy(
    _ pixel: Int, _ height: Int, _ done: Int, _ depth: Int, _ copies: UnsafeMutablePointer<Float>
  ) {
    for index in 0..<height {
      let row = (pixel + index) / geometry.outputWidth
      let column = (pixel + index) % geometry.outputWidth
      let target = copies + index * depth
      var step = 0
      while step < depth {
        let tap = (done + step) / inputs
        let input = (done + step) % inputs
        let count = min(inputs - input, depth - step)
        let inputRow =
          row * geometry.strideY - geometry.padTop + tap / geometry.kernelWidth * geometry.dilationY
        let inputColumn =
          column * geometry.strideX - geometry.padLeft + tap % geometry.kernelWidth * geometry.dilationX
        if (0..<geometry.inputHeight).contains(inputRow) && (0..<geometry.inputWidth).contains(inputColumn) {
          let source = x + (inputRow * geometry.inputWidth + inputColumn) * xPixelStride + input
          (target + step).update(from: source, count: count)
        } else {
          (target + step).update(repeating: 0, count: count)
        }
        step += count
      }
    }
  }

  /// A tile over the last panel, some of whose columns are no units: it works on the stack.
  @inline(never)
  private func sumRest(_ tile: ConvolutionTile, rows: Int) {
    let rest = panels.rest
    var room = InlineArray<768, Float>(repeating: 0)
    withUnsafeMutablePointer(to: &room) {
      let sums = UnsafeMutableRawPointer($0).assumingMemoryBound(to: Float.self)
      let residual = sums + tileHeight * panelWidth
      for row in 0..<rows {
        if case .partialSums = tile.start {
          (sums + row * panelWidth).update(from: tile.y + row * tile.yStride, count: rest)
        }
        if let source = tile.finish?.residual {
          (residual + row * panelWidth).update(from: source + row * tile.yStride, count: rest)
        }
      }
      let inner = ConvolutionTile(
        a: tile.a, aStride: tile.aStride, runs: tile.runs, runCount: tile.runCount, panel: tile.panel,
        start: tile.start, y: sums, yStride: panelWidth,
        finish: tile.finish.map {
          Finish(residual: $0.residual.map { _ in UnsafePointer(residual) }, lower: $0.lower, upper: $0.upper)
        })
      inner.sum(rows: rows, width: panels.restWidth)
      for row in 0..<rows { (tile.y + row * tile.yStride).update(from: sums + row * panelWidth, count: rest) }
    }
  }
}

/// Activations that keep values between limits are applied while the sums are in registers.
struct Limits {
  let lower: Float
  let upper: Float
  /// Whether the limits are all there is to the activation.
  let suffice: Bool

  @inline(__always) init(_ activation: Activation) {
    switch activation.kind {
    case .clip: (lower, upper, suffice) = (activation.alpha, activation.beta, true)
    case .relu: (lower, upper, suffice) = (0, .infinity, true)
    case .identity: (lower, upper, suffice) = (-.infinity, .infinity, true)
    default: (lower, upper, suffice) = (-.infinity, .infinity, false)
    }
  }
}

extension WindowGeometry {
  /// Outputs of a row whose taps are all in the image.
  var innerColumns: Range<Int> {
    inner(inputWidth, (kernelWidth - 1) * dilationX, strideX, padLeft, outputWidth)
  }

  /// The same along a column.
  var innerRows: Range<Int> {
    inner(inputHeight, (kernelHeight - 1) * dilationY, strideY, padTop, outputHeight)
  }

  private func inner(_ input: Int, _ reach: Int, _ stride: Int, _ pad: Int, _ output: Int) -> Range<Int> {
    let first = min((pad + stride - 1) / stride, output)
    let room = input - 1 - reach + pad
    let end = room < 0 ? 0 : min(room / stride + 1, output)
    return first..<max(first, end)
  }
}

@inline(never)
func convolve(
  _ packed: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ geometry: WindowGeometry, _ inputs: Int,
  _ units: Int, _ x: UnsafePointer<Float>, _ xPixelStride: Int, _ y: UnsafeMutablePointer<Float>,
  _ yPixelStride: Int, _ rows: Range<Int>, _ activation: Activation, _ residual: UnsafePointer<Float>?
) {
  Convolution(
    packed, bias, geometry, inputs, units, x, xPixelStride, y, yPixelStride, activation, residual
  ).run(rows: rows)
}
