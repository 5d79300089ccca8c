import CPlatform

/// Carries the height of a tile as a type: as an ordinary parameter it would send the accumulators to memory.
struct Height<let rows: Int> {}

#if ABLATE_V4
  typealias TileHeight = Height<12>
#elseif ABLATE_V3 || arch(arm64)
  typealias TileHeight = Height<6>
#else
  typealias TileHeight = Height<2>
#endif

@inline(__always) var tileHeight: Int { TileHeight.rows }

/// The most pixels of a convolution's tile. With wide vectors there are registers for 14, and images are often 14, 28, 56 or 112 pixels wide.
@inline(__always) var tallestTile: Int { isWide ? 14 : tileHeight }

/// Whether there is code for special cases. The few processors without fused multiply-add do without.
@inline(__always) var isTuned: Bool { isFused }

/// Columns of a full panel.
@inline(__always) var panelWidth: Int { 2 * lanes }

/// Where a tile's sums start: from the bias, or from what earlier blocks of k left in c.
enum Start {
  case bias(UnsafePointer<Float>)
  case partialSums
}

/// Consecutive k whose inputs lie next to each other, `offset` floats behind the first of their row.
struct Run {
  let offset: Int
  let count: Int
}

/// The terms of a tile's sums: all k of the runs, which follow each other in the panel.
struct Terms {
  let a: UnsafePointer<Float>
  /// How many floats behind `a` each row is.
  let places: UnsafePointer<Int>
  let runs: UnsafePointer<Run>
  let runCount: Int
  let panel: UnsafePointer<Float>
  /// What is asked for while the tile is summed: a quarter of a panel's weights for as many k.
  var ahead: UnsafePointer<Float>?
}

/// What becomes of finished sums: the residual, with the stride of c, is added, then they are kept between two limits.
struct Finish {
  let residual: UnsafePointer<Float>?
  let lower: Float
  let upper: Float
}

/// Where a tile's sums are.
struct Sums {
  let start: Start
  let c: UnsafeMutablePointer<Float>
  let cStride: Int
  /// Missing where the sums stay as they are.
  let finish: Finish?
}

/// c[rows, 2 vectors] over one panel: each element one chain of multiply-adds, k ascending.
@inline(__always)
func wideTile<let rows: Int>(_: Height<rows>, _ terms: Terms, _ target: Sums) {
  let c = target.c
  let cStride = target.cStride
  var sums = WideSums<rows>(repeating: InlineArray<2, Vector>(repeating: .zero))
  switch target.start {
  case .bias(let bias):
    let left = load(bias)
    let right = load(bias + lanes)
    forEachRow(Height<rows>()) { row in
      sums[row][0] = left
      sums[row][1] = right
    }
  case .partialSums:
    forEachRow(Height<rows>()) { row in
      sums[row][0] = load(c + row * cStride)
      sums[row][1] = load(c + row * cStride + lanes)
    }
  }
  addAllProducts(terms, to: &sums)
  if let finish = target.finish {
    if let residual = finish.residual {
      forEachRow(Height<rows>()) { row in
        sums[row][0] += load(residual + row * cStride)
        sums[row][1] += load(residual + row * cStride + lanes)
      }
    }
    clip(&sums, finish)
  }
  forEachRow(Height<rows>()) { row in
    store(sums[row][0], c + row * cStride)
    store(sums[row][1], c + row * cStride + lanes)
  }
}

/// In halves: the compiler would unroll a long loop too late, and sums would go to memory.
@inline(__always)
func forEachRow<let rows: Int>(_: Height<rows>, _ body: (Int) -> Void) {
  for row in 0..<rows / 2 { body(row) }
  for row in rows / 2..<rows { body(row) }
}

/// The inputs of a tile's rows for one k.
struct Inputs<let rows: Int> {
  private var first: UnsafePointer<Float>
  private var behind = InlineArray<rows, Int>(repeating: 0)

  /// Offsets from the first row would have the compiler keep sums of them and the runs' in memory.
  @inline(__always) init(_ a: UnsafePointer<Float>, _ places: UnsafePointer<Int>) {
    first = a
    for row in 0..<rows { behind[row] = places[row] }
  }

  @inline(__always) init(adjacent a: UnsafePointer<Float>) {
    first = a
    for row in 0..<rows { behind[row] = row }
  }

  @inline(__always) subscript(row: Int, k: Int) -> Float { first[behind[row] + k] }

  @inline(__always) mutating func advance(by count: Int) { first += count }
}

@inline(__always)
private func addAllProducts<let rows: Int>(_ terms: Terms, to sums: inout WideSums<rows>) {
  var ahead = terms.ahead
  var weights = terms.panel
  for run in 0..<terms.runCount {
    var inputs = Inputs<rows>(terms.a + terms.runs[run].offset, terms.places)
    var left = terms.runs[run].count
    #if ABLATE_V4
      // Four k at once would keep so many inputs in registers that sums go to memory.
      if var line = ahead {
        while left > 0 {
          cplatform_prefetch_far(line)
          line += panelWidth / 4
          addProducts(inputs, 0, weights, to: &sums)
          inputs.advance(by: 1)
          weights += panelWidth
          left -= 1
        }
        ahead = line
      }
    #elseif ABLATE_V3 || arch(arm64)
      // What else a turn takes is shared by four k: another thread on the same core leaves few instructions to spare.
      if var line = ahead {
        while left >= 4 {
          cplatform_prefetch_far(line)
          line += panelWidth
          addFourProducts(inputs, weights, to: &sums)
          inputs.advance(by: 4)
          weights += 4 * panelWidth
          left -= 4
        }
        ahead = line
      }
      while left >= 4 {
        addFourProducts(inputs, weights, to: &sums)
        inputs.advance(by: 4)
        weights += 4 * panelWidth
        left -= 4
      }
    #endif
    while left > 0 {
      addProducts(inputs, 0, weights, to: &sums)
      inputs.advance(by: 1)
      weights += panelWidth
      left -= 1
    }
  }
}

@inline(__always)
private func addFourProducts<let rows: Int>(
  _ inputs: Inputs<rows>, _ weights: UnsafePointer<Float>, to sums: inout WideSums<rows>
) {
  addProducts(inputs, 0, weights, to: &sums)
  addProducts(inputs, 1, weights + panelWidth, to: &sums)
  addProducts(inputs, 2, weights + 2 * panelWidth, to: &sums)
  addProducts(inputs, 3, weights + 3 * panelWidth, to: &sums)
}

/// The terms of one k.
@inline(__always)
func addProducts<let rows: Int>(
  _ inputs: Inputs<rows>, _ k: Int, _ weights: UnsafePointer<Float>,
  to sums: inout WideSums<rows>
) {
  let left = load(weights)
  let right = load(weights + lanes)
  forEachRow(Height<rows>()) { row in
    let x = splat(inputs[row, k])
    sums[row][0] = multiplyAdd(sums[row][0], x, left)
    sums[row][1] = multiplyAdd(sums[row][1], x, right)
  }
}
