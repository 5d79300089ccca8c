/// The fewer rows, the more zeros they share; vectors for more columns make up for them.
typealias SparseHeight = Height<6>

@inline(__always) var sparseHeight: Int { SparseHeight.rows }

/// Full panels that a tile takes at once.
@inline(__always) var sparsePanels: Int { isWide ? 2 : 1 }

extension SparseTile {
  /// c[rows, columns] over `sparsePanels` full panels and the k listed: the chains of `wideTile`. Where zeros are left out and a sum comes out
  /// as -0, nothing is written, and the answer is false.
  ///
  /// - Parameters:
  ///   - next: how far behind the first panel the second is; 0 for the first once more.
  ///   - nextTarget: of the second panel.
  @inline(never)
  func sum(_ panel: UnsafePointer<Float>, next: Int, _ target: Sums, nextTarget: Sums) -> Bool {
    sum(SparseHeight(), panel, next: next, target, nextTarget: nextTarget)
  }

  /// The same over a panel of one vector or half a vector.
  @inline(never)
  func sum(_ panel: UnsafePointer<Float>, width: Int, _ target: Sums) -> Bool {
    width == lanes
      ? sum(SparseHeight(), OneVector.self, panel, target) : sum(SparseHeight(), HalfOfOne.self, panel, target)
  }

  @inline(__always)
  private func sum<let height: Int>(
    _: Height<height>, _ panel: UnsafePointer<Float>, next: Int, _ target: Sums, nextTarget: Sums
  ) -> Bool {
    var sums: WideSums<height> = started(target) { place(of: $0, target) }
    var nextSums: WideSums<height> = started(nextTarget) { place(of: $0, nextTarget) }
    var inputs = Inputs<height>(adjacent: values)
    for index in 0..<count {
      let weights = panel + Int(steps[index]) * panelWidth
      addProducts(inputs, 0, weights, to: &sums)
      if sparsePanels == 2 { addProducts(inputs, 0, weights + next, to: &nextSums) }
      inputs.advance(by: height)
    }
    if !isComplete, hasNegativeZero(sums) || sparsePanels == 2 && hasNegativeZero(nextSums) { return false }
    finish(&sums, target) { place(of: $0, target) }
    if sparsePanels == 2 { finish(&nextSums, nextTarget) { place(of: $0, nextTarget) } }
    return true
  }

  @inline(__always)
  private func sum<Columns: PanelVector, let height: Int>(
    _: Height<height>, _: Columns.Type, _ panel: UnsafePointer<Float>, _ target: Sums
  ) -> Bool {
    var sums: InlineArray<height, Columns> = started(target) { place(of: $0, target) }
    var inputs = UnsafePointer(values)
    for index in 0..<count {
      let columns = Columns.load(panel + Int(steps[index]) * Columns.width)
      for row in 0..<height { sums[row] = sums[row].adding(Columns.splat(inputs[row]), times: columns) }
      inputs += height
    }
    if !isComplete {
      for row in 0..<height where sums[row].hasNegativeZero { return false }
    }
    if let finish = target.finish {
      let lower = Columns.splat(finish.lower)
      let upper = Columns.splat(finish.upper)
      for row in 0..<height { sums[row] = sums[row].clipped(lower, upper) }
    }
    for row in 0..<height { sums[row].store(place(of: row, target)) }
    return true
  }

  @inline(__always)
  private func place(of row: Int, _ target: Sums) -> UnsafeMutablePointer<Float> {
    target.c + Int(rows[row]) * target.cStride
  }
}

@inline(__always)
private func hasNegativeZero<let height: Int>(_ sums: WideSums<height>) -> Bool {
  var negative = Bits.zero
  forEachRow(Height<height>()) { row in negative |= negativeZeroLanes(sums[row][0]) | negativeZeroLanes(sums[row][1]) }
  return isAnySet(negative)
}
