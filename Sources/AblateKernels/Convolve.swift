import AblateKernelInterface
import CPlatform

/// Floats of one pass: the weights of a panel, or of two, stay in the first-level cache while the tiles of a strip go by.
@inline(__always) private var passedWeights: Int { 6144 }
@inline(__always) private var passedWeightsOfPair: Int { 8192 }

/// Floats of weights that stay near for all panels together: then a few tiles go through all panels while their outputs are near.
@inline(__always) private var cachedWeights: Int { isWide ? 20 * 1024 : 5 * 1024 }

/// A convolution of one image or of one group of its channels: see `KernelTable.convolve`.
///
/// Output pixels go through tiles in their order, over the ends of rows too, a strip of them at a time. Inputs are read where they are, or
/// from a copy of what a strip reads, with zeros for the padding.
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

  /// The most pixels of a tile. One narrow panel alone is soon done with a few.
  private var mostPixels: Int {
    if isPaired { return PairHeight.rows }
    return isNarrow ? 5 * tileHeight : tallestTile
  }

  /// Whether one narrow panel is all there is.
  private var isNarrow: Bool { panels.paddedWidth < panelWidth }

  /// Whether tiles go over two panels.
  private var isPaired: Bool { isWide && panels.rest == 0 && panels.full % 2 == 0 }

  private var panelsPerTile: Int { isPaired ? 2 : 1 }

  /// The most k of a pass.
  private var blockOfK: Int { isPaired ? passedWeightsOfPair / (2 * panelWidth) : passedWeights / panelWidth }

  /// Floats of a strip's inputs, which stay in the second-level cache while the panels go by: more where there are many weights, all of
  /// which are read for each strip.
  private var cachedInputs: Int { panels.k * panels.n > 64 * 1024 ? 96 * 1024 : 48 * 1024 }

  @inline(never)
  @_optimize(size)
  func run(rows: Range<Int>) {
    if rows.isEmpty { return }
    let plan = StripPlan(
      geometry, inputs: inputs, pixelStride: xPixelStride, rows: rows, cached: cachedInputs, grain: mostPixels)
    // One pass of a few more k is sooner done than two.
    let passes = max(1, (panels.k - blockOfK / 4 + blockOfK - 1) / blockOfK)
    withUnsafeTemporaryAllocation(of: Run.self, capacity: geometry.taps + passes) { runs in
      withUnsafeTemporaryAllocation(of: Int.self, capacity: plan.mostPixels) { places in
        withUnsafeTemporaryAllocation(of: Float.self, capacity: plan.copied + 2 * mostPixels * panelWidth) { floats in
          guard let runs = runs.baseAddress, let places = places.baseAddress, let room = floats.baseAddress
          else { return }
          let depth = ((panels.k + passes - 1) / passes + 3) & ~3
          list(runs, plan, depth: depth)
          let copies = room + 2 * mostPixels * panelWidth
          let isOverwritten = panels.count == 1 && passes == 1 && yPixelStride == panels.n
          let lastOverwritten = isOverwritten ? plan.pixels.upperBound - (panels.paddedWidth - 1) / panels.n : 0
          plan.forEachStrip { strip in
            let origin = plan.copied > 0 ? UnsafePointer(copies) : x + plan.offset(strip)
            if plan.copied > 0 { plan.copy(strip, x, copies) }
            if strip.lowerBound == plan.pixels.lowerBound || !plan.isRepeating { plan.list(strip, places) }
            let pixelsAhead = plan.isInPlace ? min(strip.count, plan.pixels.upperBound - strip.upperBound) : 0
            let end = x + strip.upperBound * xPixelStride
            compute(
              Strip(
                first: strip.lowerBound, count: strip.count, lastOverwritten: lastOverwritten, origin: origin,
                places: places, runs: runs, depth: depth, room: room),
              Ahead(next: end, end: end + pixelsAhead * xPixelStride))
          }
        }
      }
    }
  }

  /// Consecutive output pixels.
  private struct Strip {
    let first: Int
    let count: Int
    /// What a single narrow panel writes beyond its units, the next pixels go over. The end of those of which that is true.
    let lastOverwritten: Int
    /// Where the first taps of the first pixel are, and how many floats behind it those of each pixel.
    let origin: UnsafePointer<Float>
    let places: UnsafePointer<Int>
    let runs: UnsafePointer<Run>
    /// The k of a pass.
    let depth: Int
    /// For a tile that does not fit into y.
    let room: UnsafeMutablePointer<Float>
  }

  /// What the next strip reads, asked for while this one is computed.
  private struct Ahead {
    var next: UnsafePointer<Float>
    let end: UnsafePointer<Float>

    @inline(__always)
    mutating func take(_ count: Int) -> UnsafePointer<Float>? {
      if next >= end { return nil }
      defer { next += count }
      return next
    }
  }

  /// Where inputs lie next to each other; runs end with their pass.
  @_optimize(size)
  private func list(_ runs: UnsafeMutablePointer<Run>, _ plan: StripPlan, depth: Int) {
    var count = 0
    var left = depth
    for row in 0..<geometry.kernelHeight {
      var column = 0
      while column < geometry.kernelWidth {
        var offset = row * plan.rowsPerTap * plan.rowStride + column * plan.tapStride
        let end = offset + plan.tapsPerRun * inputs
        while offset < end {
          let now = min(left, end - offset)
          (runs + count).initialize(to: Run(offset: offset, count: now))
          count += 1
          offset += now
          left -= now
          if left == 0 { left = depth }
        }
        column += plan.tapsPerRun
      }
    }
  }

  /// All units of a strip, in tiles of even height.
  @inline(never)
  @_optimize(size)
  private func compute(_ strip: Strip, _ inputsAhead: Ahead) {
    let limits = Limits(activation)
    var ahead = inputsAhead
    let tiles = (strip.count + mostPixels - 1) / mostPixels
    let height = strip.count / tiles
    var group = TileGroup(height: height, higher: strip.count - tiles * height)
    while group.number < tiles {
      group.count = areWeightsCached && !isNarrow ? min(tiles - group.number, 4 * panelsPerTile) : tiles
      for panel in stride(from: 0, to: panels.count, by: panelsPerTile) {
        compute(panel, group, strip, limits, &ahead)
      }
      group.pass()
    }
    if limits.suffice { return }
    for pixel in strip.first..<strip.first + strip.count {
      let values = y + pixel * yPixelStride
      activate(activation, values, values, panels.n)
    }
  }

  /// Tiles of a strip from its pixel `first` on. The first `higher` ones of a strip have a pixel more than `height`.
  private struct TileGroup {
    var first = 0
    /// Of the first tile.
    var number = 0
    var count = 0
    let height: Int
    let higher: Int

    /// Goes to the next tile and tells the pixels of this one.
    @inline(__always)
    mutating func next() -> Int {
      let pixels = height + (number < higher ? 1 : 0)
      first += pixels
      number += 1
      return pixels
    }

    /// Goes behind the last tile and tells the pixels of all.
    @discardableResult
    mutating func pass() -> Int {
      let before = first
      for _ in 0..<count { _ = next() }
      return first - before
    }
  }

  private var areWeightsCached: Bool { panels.k * panels.paddedWidth <= cachedWeights }

  /// The units of a panel, or of a pair, for some tiles of a strip.
  private func compute(
    _ panel: Int, _ group: TileGroup, _ strip: Strip, _ limits: Limits, _ inputsAhead: inout Ahead
  ) {
    let width = panels.width(of: panel)
    let fits = panel < panels.full || panels.rest == panels.restWidth
    // Narrow tiles are better off with more rows.
    let isOneTile = fits && width < panelWidth
    let column = panel * panelWidth
    let next = panels.offset(of: 1)
    let behind = packed + panels.offset(of: panel + panelsPerTile)
    var weights = packed + panels.offset(of: panel)
    var runs = strip.runs
    var done = 0
    while done < panels.k {
      let depth = min(strip.depth, panels.k - done)
      var runCount = 0
      var listed = 0
      while listed < depth {
        listed += runs[runCount].count
        runCount += 1
      }
      let isLast = done + depth == panels.k
      var tiles = group
      var index = 0
      while index < group.count {
        let pixel = tiles.first
        let rows = isOneTile ? tiles.pass() : tiles.next()
        // The first tiles ask for a quarter each of the weights behind these, panel by panel.
        let quarter = depth * width / 4
        let terms = Terms(
          a: strip.origin, places: strip.places + pixel, runs: runs, runCount: runCount, panel: weights,
          ahead: index < 4 * panelsPerTile && !areWeightsCached
            ? (isLast ? behind : weights + depth * width) + index / 4 * next + index % 4 * quarter
            : inputsAhead.take(quarter))
        let offset = (strip.first + pixel) * yPixelStride + column
        if done == 0 { prefetch(UnsafePointer(y) + offset, rows: rows) }
        if isLast, let residual { prefetch(residual + offset, rows: rows) }
        let sums = Sums(
          start: done == 0 ? .bias(bias + column) : .partialSums, c: y + offset, cStride: yPixelStride,
          finish: isLast
            ? Finish(residual: residual.map { $0 + offset }, lower: limits.lower, upper: limits.upper) : nil)
        if isPaired {
          pairTile(rows: rows, terms, next: next, sums)
        } else if fits || strip.first + pixel + rows <= strip.lastOverwritten {
          tile(rows: rows, width: width, terms, sums)
        } else {
          restTile(
            rows: rows, terms, panels, sums, strip.room, residuals: strip.room + mostPixels * panelWidth)
        }
        index += isOneTile ? group.count : 1
      }
      runs += runCount
      weights += depth * width
      done += depth
    }
  }

  /// Asks for what a tile reads or writes when its sums are done: lines of the cache in each pixel, which no processor foresees.
  @inline(__always)
  private func prefetch(_ values: UnsafePointer<Float>, rows: Int) {
    for row in 0..<rows {
      for line in stride(from: 0, to: panelWidth, by: 16) { cplatform_prefetch(values + row * yPixelStride + line) }
    }
    if isPaired {
      for row in 0..<rows {
        for line in stride(from: panelWidth, to: 2 * panelWidth, by: 16) {
          cplatform_prefetch(values + row * yPixelStride + line)
        }
      }
    }
  }
}

@inline(never)
func convolve(
  _ packed: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ geometry: WindowGeometry, _ inputs: Int,
  _ units: Int, _ x: UnsafePointer<Float>, _ xPixelStride: Int, _ y: UnsafeMutablePointer<Float>,
  _ yPixelStride: Int, _ rows: Range<Int>, _ activation: Activation, _ residual: UnsafePointer<Float>?
) {
  Convolution(
    packed: packed, bias: bias, geometry: geometry, inputs: inputs,
    panels: Panels(k: geometry.taps * inputs, n: units), x: x,
    xPixelStride: xPixelStride, y: y, yPixelStride: yPixelStride, activation: activation, residual: residual
  ).run(rows: rows)
}
