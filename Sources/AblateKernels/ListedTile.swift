/// A tile whose zeros are left out: the fewer rows, the more zeros they share, and vectors for more columns make up for them.
typealias ListedHeight = Height<6>

@inline(__always) var listedHeight: Int { ListedHeight.rows }

/// Full panels that a tile of listed rows takes at once.
@inline(__always) var listedPanels: Int { lanes == 16 ? 2 : 1 }

private typealias ListedSums = InlineArray<6, InlineArray<2, Vector>>

/// The k and the `listedHeight` rows of a tile of which zeros are left out, see `SparseTile`. Values of one k lie next to each other.
struct Listed {
  let rows: UnsafePointer<UInt16>
  let steps: UnsafePointer<UInt16>
  let values: UnsafePointer<Float>
  let count: Int
  let hasZeros: Bool
}

/// c[rows, columns] over `listedPanels` full panels and the k that are listed: the chains of `wideTile`. Unless zeros are left out and a sum
/// comes out as -0: then nothing is written, and the answer is false.
///
/// - Parameter next: how far behind the first panel the second is; 0 for the first once more.
@inline(never)
func listedTile(
  _ listed: Listed, panel: UnsafePointer<Float>, next: Int, _ target: Sums, nextTarget: Sums
) -> Bool {
  var sums = startingSums(listed, target)
  var nextSums = startingSums(listed, nextTarget)
  var inputs = Inputs<6>(adjacent: listed.values)
  for index in 0..<listed.count {
    let weights = panel + Int(listed.steps[index]) * panelWidth
    addProducts(inputs, 0, weights, to: &sums)
    if listedPanels == 2 { addProducts(inputs, 0, weights + next, to: &nextSums) }
    inputs.advance(by: listedHeight)
  }
  if !listed.hasZeros, hasNegativeZero(sums) || listedPanels == 2 && hasNegativeZero(nextSums) { return false }
  finish(&sums, listed, target)
  if listedPanels == 2 { finish(&nextSums, listed, nextTarget) }
  return true
}

@inline(__always)
private func startingSums(_ listed: Listed, _ target: Sums) -> ListedSums {
  var sums = ListedSums(repeating: InlineArray<2, Vector>(repeating: .zero))
  switch target.start {
  case .bias(let bias):
    let left = load(bias)
    let right = load(bias + lanes)
    forEachRow(ListedHeight()) { row in
      sums[row][0] = left
      sums[row][1] = right
    }
  case .partialSums:
    forEachRow(ListedHeight()) { row in
      let own = target.c + Int(listed.rows[row]) * target.cStride
      sums[row][0] = load(own)
      sums[row][1] = load(own + lanes)
    }
  }
  return sums
}

@inline(__always)
private func finish(_ sums: inout ListedSums, _ listed: Listed, _ target: Sums) {
  if let finish = target.finish { clip(&sums, finish) }
  forEachRow(ListedHeight()) { row in
    let own = target.c + Int(listed.rows[row]) * target.cStride
    store(sums[row][0], own)
    store(sums[row][1], own + lanes)
  }
}

@inline(__always)
private func hasNegativeZero(_ sums: ListedSums) -> Bool {
  var lanes = Bits.zero
  forEachRow(ListedHeight()) { row in lanes |= negativeZeroLanes(sums[row][0]) | negativeZeroLanes(sums[row][1]) }
  return isAnySet(lanes)
}

/// The same over a panel of one vector or half a vector.
@inline(never)
func listedTile(width: Int, _ listed: Listed, panel: UnsafePointer<Float>, _ target: Sums) -> Bool {
  width == lanes
    ? narrowListedTile(OneVector.self, listed, panel: panel, target)
    : narrowListedTile(HalfOfOne.self, listed, panel: panel, target)
}

@inline(__always)
private func narrowListedTile<Columns: PanelVector>(
  _: Columns.Type, _ listed: Listed, panel: UnsafePointer<Float>, _ target: Sums
) -> Bool {
  var sums = InlineArray<6, Columns>(repeating: Columns.splat(0))
  switch target.start {
  case .bias(let bias):
    let first = Columns.load(bias)
    for row in 0..<listedHeight { sums[row] = first }
  case .partialSums:
    for row in 0..<listedHeight { sums[row] = Columns.load(target.c + Int(listed.rows[row]) * target.cStride) }
  }
  var values = listed.values
  for index in 0..<listed.count {
    let columns = Columns.load(panel + Int(listed.steps[index]) * Columns.width)
    for row in 0..<listedHeight { sums[row] = sums[row].adding(Columns.splat(values[row]), times: columns) }
    values += listedHeight
  }
  if !listed.hasZeros {
    for row in 0..<listedHeight where sums[row].hasNegativeZero { return false }
  }
  if let finish = target.finish {
    let lower = Columns.splat(finish.lower)
    let upper = Columns.splat(finish.upper)
    for row in 0..<listedHeight { sums[row] = sums[row].clipped(lower, upper) }
  }
  for row in 0..<listedHeight { sums[row].store(target.c + Int(listed.rows[row]) * target.cStride) }
  return true
}
