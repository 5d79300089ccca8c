import AblateKernelInterface
import CPlatform

/// The k of one pass: the weights of a panel stay in the first-level cache while the tiles of a chunk go by.
@inline(__always) private var blockOfK: Int { 6144 / panelWidth }

/// Floats of weights that stay there for all panels together: then a few tiles go through all panels while their outputs are near.
@inline(__always) private var cachedWeights: Int { 5 * 1024 }

/// Floats of a chunk's inputs, which stay in the second-level cache while the panels go by.
@inline(__always) private var cachedInputs: Int { 48 * 1024 }

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

  /// Taps in one row of the kernel whose inputs lie next to each other: all or one.
  private var tapsPerRun: Int { geometry.dilationX == 1 && xPixelStride == inputs ? geometry.kernelWidth : 1 }

  /// The most pixels of a tile. One narrow panel alone is soon done with a few.
  private var mostPixels: Int { panels.paddedWidth < panelWidth ? 5 * tileHeight : tileHeight }

  /// Whether the pixels of the output are those of the input.
  private var isPixelwise: Bool {
    geometry.kernelHeight == 1 && geometry.kernelWidth == 1 && geometry.strideY == 1 && geometry.strideX == 1
      && geometry.padTop == 0 && geometry.padLeft == 0 && geometry.inputWidth == geometry.outputWidth
      && geometry.inputHeight >= geometry.outputHeight
  }

  @inline(never)
  @_optimize(size)
  func run(rows: Range<Int>) {
    let length = tapsPerRun * inputs
    let parts = (length + blockOfK - 1) / blockOfK
    let runCount = panels.k / length * parts
    let depth = min(panels.k, blockOfK)
    let tiles = panels.k * panels.paddedWidth <= cachedWeights ? 4 : max(1, cachedInputs / (depth * mostPixels))
    let copied = isPixelwise ? 0 : tiles * mostPixels * depth
    withUnsafeTemporaryAllocation(of: Run.self, capacity: runCount) { runs in
      withUnsafeTemporaryAllocation(of: PixelTile.self, capacity: tiles) { pixels in
        withUnsafeTemporaryAllocation(of: Float.self, capacity: copied + 2 * mostPixels * panelWidth) { floats in
          guard let runs = runs.baseAddress, let pixels = pixels.baseAddress, let room = floats.baseAddress
          else { return }
          list(runs, length: length, parts: parts)
          chunks(
            rows, tiles,
            Scratch(
              runs: runs, runCount: runCount, tiles: pixels, end: rows.upperBound * geometry.outputWidth, room: room,
              copies: room + 2 * mostPixels * panelWidth))
        }
      }
    }
  }

  private struct Scratch {
    let runs: UnsafePointer<Run>
    let runCount: Int
    let tiles: UnsafeMutablePointer<PixelTile>
    /// The pixel behind the last.
    let end: Int
    /// For a tile that does not fit into y.
    let room: UnsafeMutablePointer<Float>
    /// For copied inputs.
    let copies: UnsafeMutablePointer<Float>
  }

  /// Consecutive output pixels.
  private struct PixelTile {
    let first: Int
    let count: Int
    /// Where the first taps of its first pixel are; missing if its inputs are copied.
    let place: UnsafePointer<Float>?

    var end: Int { first + count }
  }

  @_optimize(size)
  private func list(_ runs: UnsafeMutablePointer<Run>, length: Int, parts: Int) {
    var count = 0
    for row in 0..<geometry.kernelHeight {
      var column = 0
      while column < geometry.kernelWidth {
        var offset = (row * geometry.dilationY * geometry.inputWidth + column * geometry.dilationX) * xPixelStride
        let end = offset + length
        for part in 0..<parts {
          let now = (end - offset) / (parts - part)
          (runs + count).initialize(to: Run(offset: offset, count: now))
          offset += now
          count += 1
        }
        column += tapsPerRun
      }
    }
  }

  /// All pixels of some rows in tiles of even height, some tiles at a time. Tiles go over the ends of short rows.
  @_optimize(size)
  private func chunks(_ rows: Range<Int>, _ tilesAtOnce: Int, _ scratch: Scratch) {
    let width = geometry.outputWidth
    let end = rows.upperBound * width
    var pixel = rows.lowerBound * width
    let innerRows = geometry.innerRows
    let innerColumns = geometry.innerColumns
    let tilesPerRow = (width + mostPixels - 1) / mostPixels
    // Where two of three tiles in a row are copied for their padding, or all are low, all may as well be copied, and as high as can be.
    let isCopied = tilesPerRow <= 3 && (innerColumns.count < width || 6 * width < 5 * tilesPerRow * mostPixels)
    let line = isPixelwise || isCopied ? end - pixel : width
    let tilesPerLine = (line + mostPixels - 1) / mostPixels
    let limits = Limits(activation)
    var count = 0
    var tile = 0
    while pixel < end {
      let height = (line + tilesPerLine - 1 - tile) / tilesPerLine
      let place = place(pixel, height, innerRows, innerColumns)
      (scratch.tiles + count).initialize(to: PixelTile(first: pixel, count: height, place: place))
      count += 1
      pixel += height
      tile = tile + 1 == tilesPerLine ? 0 : tile + 1
      if count == tilesAtOnce || pixel == end {
        blocks(count, limits, scratch)
        count = 0
      }
    }
  }

  /// Where the first taps of a tile's first pixel are, if no tap of the tile is in the padding and its pixels are at one stride.
  private func place(
    _ pixel: Int, _ count: Int, _ innerRows: Range<Int>, _ innerColumns: Range<Int>
  ) -> UnsafePointer<Float>? {
    if isPixelwise { return x + pixel * xPixelStride }
    let row = pixel / geometry.outputWidth
    let column = pixel - row * geometry.outputWidth
    guard innerRows.contains(row), innerColumns.lowerBound <= column, column + count <= innerColumns.upperBound
    else { return nil }
    let inputRow = row * geometry.strideY - geometry.padTop
    let inputColumn = column * geometry.strideX - geometry.padLeft
    return x + (inputRow * geometry.inputWidth + inputColumn) * xPixelStride
  }

  /// All terms of all units for some tiles.
  @inline(never)
  @_optimize(size)
  private func blocks(_ count: Int, _ limits: Limits, _ scratch: Scratch) {
    var run = 0
    var done = 0
    while run < scratch.runCount {
      var end = run
      var depth = 0
      while end < scratch.runCount && (end == run || depth + scratch.runs[end].count <= blockOfK) {
        depth += scratch.runs[end].count
        end += 1
      }
      block(count, scratch, scratch.runs + run, end - run, done: done, depth, limits)
      run = end
      done += depth
    }
    if limits.suffice { return }
    for tile in 0..<count {
      for pixel in 0..<scratch.tiles[tile].count {
        let values = y + (scratch.tiles[tile].first + pixel) * yPixelStride
        activate(activation, values, values, panels.n)
      }
    }
  }

  /// Terms done ..< done + depth of all units.
  private func block(
    _ count: Int, _ scratch: Scratch, _ runs: UnsafePointer<Run>, _ runCount: Int, done: Int, _ depth: Int,
    _ limits: Limits
  ) {
    let copySize = mostPixels * depth
    for index in 0..<count where scratch.tiles[index].place == nil {
      let target = scratch.copies + index * copySize
      for pixel in 0..<scratch.tiles[index].count {
        copy(scratch.tiles[index].first + pixel, done, depth, target + pixel * depth)
      }
    }
    let isLast = done + depth == panels.k
    // What a narrow panel writes beyond its units, the next pixels go over: all but the last ones can.
    let isOverwritten = depth == panels.k && panels.count == 1 && yPixelStride == panels.n
    let lastOverwritten = scratch.end - (panels.paddedWidth - 1) / panels.n
    var copied = Run(offset: 0, count: depth)
    withUnsafePointer(to: &copied) { copied in
      for panel in 0..<panels.count {
        let column = panel * panelWidth
        let width = panels.width(of: panel)
        let weights = packed + panels.offset(of: panel) + done * width
        let fits = panel < panels.full || panels.rest == panels.restWidth
        // Narrow tiles are better off with more rows.
        let isOneTile = isPixelwise && fits && width < panelWidth
        for index in 0..<(isOneTile ? 1 : count) {
          let pixels = scratch.tiles[index]
          let rows = isOneTile ? scratch.tiles[count - 1].end - pixels.first : pixels.count
          let place = pixels.place
          let terms = Terms(
            a: place ?? UnsafePointer(scratch.copies + index * copySize),
            aStride: place == nil ? depth : geometry.strideX * xPixelStride, runs: place == nil ? copied : runs,
            runCount: place == nil ? 1 : runCount, panel: weights)
          let offset = pixels.first * yPixelStride + column
          if done == 0 { prefetch(UnsafePointer(y) + offset, rows: rows) }
          if isLast, let residual { prefetch(residual + offset, rows: rows) }
          let sums = Sums(
            start: done == 0 ? .bias(bias + column) : .partialSums, c: y + offset, cStride: yPixelStride,
            finish: isLast
              ? Finish(residual: residual.map { $0 + offset }, lower: limits.lower, upper: limits.upper) : nil)
          if fits || isOverwritten && pixels.end <= lastOverwritten {
            tile(rows: rows, width: width, terms, sums)
          } else {
            restTile(rows: rows, terms, sums, scratch.room)
          }
        }
      }
    }
  }

  /// Asks for what a tile reads or writes when its sums are done: a line of the cache in each pixel, which no processor foresees.
  @inline(__always)
  private func prefetch(_ values: UnsafePointer<Float>, rows: Int) {
    for row in 0..<rows { cplatform_prefetch(values + row * yPixelStride) }
  }

  /// Copies terms done ..< done + depth of a pixel, with zeros for the padding.
  @inline(never)
  @_optimize(size)
  private func copy(_ pixel: Int, _ done: Int, _ depth: Int, _ copies: UnsafeMutablePointer<Float>) {
    let length = tapsPerRun * inputs
    let row = pixel / geometry.outputWidth
    let tap = done / length * tapsPerRun
    let tapRow = tap / geometry.kernelWidth
    var inputRow = row * geometry.strideY - geometry.padTop + tapRow * geometry.dilationY
    let firstColumn = (pixel - row * geometry.outputWidth) * geometry.strideX - geometry.padLeft
    let endColumn = firstColumn + geometry.kernelWidth * geometry.dilationX
    var inputColumn = firstColumn + (tap - tapRow * geometry.kernelWidth) * geometry.dilationX
    var from = done % length
    var target = copies
    let end = copies + depth
    while target < end {
      let to = min(length, from + (end - target))
      // The floats of the run that are in the image.
      let first = min(to, max(from, -inputColumn * inputs))
      let isInside = 0 <= inputRow && inputRow < geometry.inputHeight
      let last = isInside ? max(first, min(to, (geometry.inputWidth - inputColumn) * inputs)) : first
      let source = x + (inputRow * geometry.inputWidth + inputColumn) * xPixelStride
      if first > from { target.update(repeating: 0, count: first - from) }
      copyFloats(source + first, target + first - from, last - first)
      if to > last { (target + last - from).update(repeating: 0, count: to - last) }
      target += to - from
      from = 0
      inputColumn += tapsPerRun * geometry.dilationX
      if inputColumn == endColumn {
        inputColumn = firstColumn
        inputRow += geometry.dilationY
      }
    }
  }

  /// A tile over the last panel, some of whose columns are no units: it is computed elsewhere.
  @inline(never)
  @_optimize(size)
  private func restTile(rows: Int, _ terms: Terms, _ sums: Sums, _ room: UnsafeMutablePointer<Float>) {
    let rest = panels.rest
    let residuals = room + mostPixels * panelWidth
    if case .partialSums = sums.start { copyRows(sums.c, sums.cStride, room, panelWidth, rows, rest) }
    if let residual = sums.finish?.residual { copyRows(residual, sums.cStride, residuals, panelWidth, rows, rest) }
    let finish = sums.finish.map {
      Finish(residual: $0.residual == nil ? nil : UnsafePointer(residuals), lower: $0.lower, upper: $0.upper)
    }
    tile(
      rows: rows, width: panels.restWidth, terms,
      Sums(start: sums.start, c: room, cStride: panelWidth, finish: finish))
    copyRows(room, panelWidth, sums.c, sums.cStride, rows, rest)
  }
}

/// Runs are short: a call of the C library would take longer.
@inline(__always)
func copyFloats(_ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ count: Int) {
  var index = 0
  while index + lanes <= count {
    store(load(source + index), target + index)
    index += lanes
  }
  while index < count {
    target[index] = source[index]
    index += 1
  }
}

@inline(never)
private func copyRows(
  _ source: UnsafePointer<Float>, _ sourceStride: Int, _ target: UnsafeMutablePointer<Float>, _ targetStride: Int,
  _ rows: Int, _ count: Int
) {
  for row in 0..<rows { copyFloats(source + row * sourceStride, target + row * targetStride, count) }
}

@inline(never)
func convolve(
  _ packed: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ geometry: WindowGeometry, _ inputs: Int,
  _ units: Int, _ x: UnsafePointer<Float>, _ xPixelStride: Int, _ y: UnsafeMutablePointer<Float>,
  _ yPixelStride: Int, _ rows: Range<Int>, _ activation: Activation, _ residual: UnsafePointer<Float>?
) {
  let convolution = Convolution(
    packed: packed, bias: bias, geometry: geometry, inputs: inputs,
    panels: Panels(k: geometry.kernelHeight * geometry.kernelWidth * inputs, n: units), x: x,
    xPixelStride: xPixelStride, y: y, yPixelStride: yPixelStride, activation: activation, residual: residual)
  let strip = convolution.rowsOfStrip
  if strip > 0 { convolution.runPadded(rows, strip) } else { convolution.run(rows: rows) }
}
