// One function per width, with the height chosen at run time from the ones compiled.

@inline(never)
func wideTile(rows: Int, _ terms: Terms, _ sums: Sums) {
  switch rows {
  #if ABLATE_V4
    case 14: wideTile(Height<14>(), terms, sums)
    case 13: wideTile(Height<13>(), terms, sums)
    case 12: wideTile(Height<12>(), terms, sums)
    case 11: wideTile(Height<11>(), terms, sums)
    case 10: wideTile(Height<10>(), terms, sums)
    case 9: wideTile(Height<9>(), terms, sums)
    case 8: wideTile(Height<8>(), terms, sums)
    case 7: wideTile(Height<7>(), terms, sums)
  #endif
  case 6 where isTuned: wideTile(Height<6>(), terms, sums)
  case 5 where isTuned: wideTile(Height<5>(), terms, sums)
  case 4 where isTuned: wideTile(Height<4>(), terms, sums)
  case 3 where isTuned: wideTile(Height<3>(), terms, sums)
  case 2: wideTile(Height<2>(), terms, sums)
  default: wideTile(Height<1>(), terms, sums)
  }
}

@inline(never)
func vectorTile(rows: Int, _ terms: Terms, _ sums: Sums) { narrowTiles(OneVector.self, rows: rows, terms, sums) }

@inline(never)
func halfTile(rows: Int, _ terms: Terms, _ sums: Sums) { narrowTiles(HalfOfOne.self, rows: rows, terms, sums) }

@inline(__always)
private func narrowTiles<Columns: PanelVector>(_ columns: Columns.Type, rows: Int, _ terms: Terms, _ sums: Sums) {
  var row = 0
  if isTuned {
    // Where vectors are narrow, few layers end with half of one.
    let isTallWorthIt = isWide || Columns.width == lanes
    while isTallWorthIt && row + 12 <= rows {
      narrowTile(columns, Height<12>(), first: row, terms, sums)
      row += 12
    }
    // A few rows alone would wait for their sums: where these start from the bias, rows before them are computed again.
    let isRepeatable = if case .bias = sums.start { rows >= 6 } else { false }
    while row + 6 <= rows || isRepeatable && row < rows {
      narrowTile(columns, Height<6>(), first: min(row, rows - 6), terms, sums)
      row += 6
    }
  }
  while Columns.width == lanes && row + 3 <= rows {
    narrowTile(columns, Height<3>(), first: row, terms, sums)
    row += 3
  }
  while row < rows {
    narrowTile(columns, Height<1>(), first: row, terms, sums)
    row += 1
  }
}

/// The tile of a panel of any width, all of whose columns can be written.
@inline(__always)
func tile(rows: Int, width: Int, _ terms: Terms, _ sums: Sums) {
  if width == panelWidth {
    wideTile(rows: rows, terms, sums)
  } else if width == lanes {
    vectorTile(rows: rows, terms, sums)
  } else {
    halfTile(rows: rows, terms, sums)
  }
}

/// Calls `body` with a run and the places of a tile's rows at one stride.
@inline(__always)
func withPointers(
  to run: inout Run, stride: Int, _ body: (_ run: UnsafePointer<Run>, _ places: UnsafePointer<Int>) -> Void
) {
  withUnsafeTemporaryAllocation(of: Int.self, capacity: tileHeight) { places in
    guard let places = places.baseAddress else { return }
    for row in 0..<tileHeight { (places + row).initialize(to: row * stride) }
    withUnsafePointer(to: &run) { body($0, places) }
  }
}
