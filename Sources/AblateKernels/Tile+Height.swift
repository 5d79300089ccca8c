// One function per width, with the height chosen at run time from the ones compiled.

@inline(never)
@discardableResult
func wideTile(
  rows: Int, _ count: Int, _ listed: UnsafePointer<UInt16>?, _ a: UnsafePointer<Float>, _ aStride: Int,
  _ panel: UnsafePointer<Float>, _ start: Start, _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ isReLU: Bool
) -> Bool {
  switch rows {
  #if ABLATE_V4
    case 12: wideTile(Height<12>(), count, listed, a, aStride, panel, start, c, cStride, isReLU)
    case 11: wideTile(Height<11>(), count, listed, a, aStride, panel, start, c, cStride, isReLU)
    case 10: wideTile(Height<10>(), count, listed, a, aStride, panel, start, c, cStride, isReLU)
    case 9: wideTile(Height<9>(), count, listed, a, aStride, panel, start, c, cStride, isReLU)
    case 8: wideTile(Height<8>(), count, listed, a, aStride, panel, start, c, cStride, isReLU)
    case 7: wideTile(Height<7>(), count, listed, a, aStride, panel, start, c, cStride, isReLU)
  #endif
  case 6: wideTile(Height<6>(), count, listed, a, aStride, panel, start, c, cStride, isReLU)
  case 5: wideTile(Height<5>(), count, listed, a, aStride, panel, start, c, cStride, isReLU)
  case 4: wideTile(Height<4>(), count, listed, a, aStride, panel, start, c, cStride, isReLU)
  case 3: wideTile(Height<3>(), count, listed, a, aStride, panel, start, c, cStride, isReLU)
  case 2: wideTile(Height<2>(), count, listed, a, aStride, panel, start, c, cStride, isReLU)
  default: wideTile(Height<1>(), count, listed, a, aStride, panel, start, c, cStride, isReLU)
  }
}

@inline(never)
func vectorTile(
  rows: Int, _ k: Int, _ a: UnsafePointer<Float>, _ aStride: Int, _ panel: UnsafePointer<Float>, _ start: Start,
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ isReLU: Bool
) {
  narrowTiles(OneVector.self, rows: rows, k, a, aStride, panel, start, c, cStride, isReLU)
}

@inline(never)
func halfTile(
  rows: Int, _ k: Int, _ a: UnsafePointer<Float>, _ aStride: Int, _ panel: UnsafePointer<Float>, _ start: Start,
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ isReLU: Bool
) {
  narrowTiles(HalfOfOne.self, rows: rows, k, a, aStride, panel, start, c, cStride, isReLU)
}

@inline(__always)
private func narrowTiles<Columns: PanelVector>(
  _ columns: Columns.Type, rows: Int, _ k: Int, _ a: UnsafePointer<Float>, _ aStride: Int,
  _ panel: UnsafePointer<Float>, _ start: Start, _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ isReLU: Bool
) {
  var row = 0
  #if ABLATE_V4
    while row + 12 <= rows {
      narrowTile(columns, Height<12>(), k, a + row * aStride, aStride, panel, start, c + row * cStride, cStride, isReLU)
      row += 12
    }
  #endif
  while row + 6 <= rows {
    narrowTile(columns, Height<6>(), k, a + row * aStride, aStride, panel, start, c + row * cStride, cStride, isReLU)
    row += 6
  }
  while row + 3 <= rows {
    narrowTile(columns, Height<3>(), k, a + row * aStride, aStride, panel, start, c + row * cStride, cStride, isReLU)
    row += 3
  }
  while row < rows {
    narrowTile(columns, Height<1>(), k, a + row * aStride, aStride, panel, start, c + row * cStride, cStride, isReLU)
    row += 1
  }
}
