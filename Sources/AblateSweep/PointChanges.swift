import AblateModel
import AblateRuntime

/// The values that a mask replaces at one point, in every row.
struct PointChanges {
  let layer: Int
  let point: Int
  let units: [(unit: Int, value: Float)]

  /// One per layer. nil for masks with synapses or with values that depend on the row, for layers in front of the chain that the model ends
  /// in, and for scores: bounds assume that what one score gains the others gain, too, by their weights.
  static func list(of mask: ResolvedMask, model: Model) -> [PointChanges]? {
    guard let layers = mask.fixedUnits,
      layers.allSatisfy({ $0.layer < model.outputLayer && model.isInChain($0.layer) })
    else { return nil }
    return layers.map { PointChanges(layer: $0.layer, point: model.point(behindLayer: $0.layer), units: $0.units) }
  }
}

extension SweepWorker {
  /// Finds for all rows of the block, and all points, what any number of changes from there on must stay below, see `runOpenRows`.
  func findLimitsOfManyChanges() {
    if certificate == nil { return }
    for point in limitsOfManyChanges.indices {
      guard let limits = limitsOfManyChanges[point] else { continue }
      for row in 0..<block.rows {
        limits.pointer[row] = block.limit(row, at: point) - slackOfManyChanges(row: row, at: point)
      }
    }
  }

  /// Runs the rows with a mask whose prediction is not proven to stay.
  func runOpenRows(item: Int, mask: ResolvedMask, _ changes: [PointChanges]) {
    guard let first = changes.first else { return }
    let open = scratchRows.pointer
    var count = 0
    for row in 0..<block.rows where isOpen(row, changes, from: first.point) {
      open[count] = Int32(truncatingIfNeeded: row)
      count += 1
    }
    tally.countExamined(count)
    tally.countRerun(count)
    if count > 0 { run(item: item, mask: mask, from: first, rows: open, count) }
  }

  @_optimize(speed)
  private func isOpen(_ row: Int, _ changes: [PointChanges], from point: Int) -> Bool {
    let limit = Double(limitsOfManyChanges[point]?.pointer[row] ?? .nan)
    var effect = 0.0
    for own in changes {
      guard let worst = bounds(at: own.point)?.worst else { return true }
      let values = block.values(row, at: own.point)
      let offset = block.prediction(row) * worst.stride
      for (unit, value) in own.units where values[unit] != value {
        let change = value - values[unit]
        effect +=
          change < 0
          ? Double(-change) * Double(worst.lower[offset + unit])
          : Double(change) * Double(worst.raise[offset + unit])
        // A sum of up to 2^30 terms is rounded by less.
        if !(effect * (1 + 0x1p-20) < limit) { return true }
      }
    }
    return false
  }
}
