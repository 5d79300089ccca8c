import AblateModel
import AblateRuntime

extension SweepWorker {
  /// Whether the prediction of a row is proven to stay, rival by rival.
  @_optimize(speed)
  func isProven(row: Int, at point: Int, _ change: Change) -> Bool {
    let later = change.secondPoint < 0 ? point : change.secondPoint
    guard let bounds = bounds(at: point)?.rivals,
      let laterBounds = self.bounds(at: later)?.rivals
    else {
      return false
    }
    let first = change.value - block.values(row, at: point)[change.unit]
    let second = change.secondUnit < 0 ? 0 : change.secondValue - block.values(row, at: later)[change.secondUnit]
    let prediction = block.prediction(row)
    let start = bounds.start(of: change.unit, prediction: prediction)
    let laterStart = laterBounds.start(of: max(0, change.secondUnit), prediction: prediction)
    for rival in 0..<model.classCount where rival != prediction {
      var effect = bounds.effect(of: first, at: start + rival)
      if change.secondUnit >= 0 { effect += laterBounds.effect(of: second, at: laterStart + rival) }
      guard effect < block.limit(row, at: point, rival: rival) - change.slack else { return false }
    }
    return true
  }

  /// Calls `body` for those rows of the block whose prediction is not proven to stay, whichever values at a point are replaced, so many at once.
  @inline(__always)
  func forEachOpenRow(of rows: Range<Int>, at point: Int, replaced count: Int, _ body: (_ row: Int) -> Void) {
    let steepest = bounds(at: point)?.steepest
    let replacement = certificate?.largestReplacement ?? 0
    let growth = Float(count) * (1 + 0x1p-20)
    for row in rows {
      if let steepest {
        let change = block.largest(row, at: point) + replacement
        if growth * change * steepest[block.prediction(row)] < block.limit(row, at: point) { continue }
      }
      body(row)
    }
  }

  /// Lists in `scratch.indices` the values of a row at a point whose replacement might change its prediction (all that differ from theirs, if
  /// nothing can be proven), and returns how many.
  ///
  /// - Parameter onlyDecline: whether all replacements are 0, and no value is negative.
  @_optimize(speed)
  func listOpen(
    row: Int, at point: Int, replacements: UnsafePointer<Float>, onlyDecline: Bool, count: Int
  ) -> Int {
    let values = block.values(row, at: point)
    guard let worst = bounds(at: point)?.worst else {
      var open = 0
      for unit in 0..<count where values[unit] != replacements[unit] {
        scratch.indices.pointer[open] = Int32(truncatingIfNeeded: unit)
        open += 1
      }
      return open
    }
    let offset = block.prediction(row) * worst.stride
    if onlyDecline {
      return kernels.productsNotBelow(
        values, worst.lower + offset, block.limit(row, at: point), count, scratch.indices.pointer)
    }
    return kernels.undecided(
      values, replacements, worst.raise + offset, worst.lower + offset, block.limit(row, at: point),
      count, scratch.indices.pointer)
  }

  /// What takes the place of a layer's values in a row: [units], valid until the next call.
  @inline(__always)
  func replacements(_ replacement: LayerReplacement, row: Int) -> UnsafePointer<Float> {
    replacement.values(row: block.firstRow + row, room: scratch.otherRow)
  }

  /// What takes the place of one of them.
  @inline(__always)
  func replacement(_ replacement: LayerReplacement, unit: Int, row: Int) -> Float {
    replacement.value(unit: unit, row: block.firstRow + row)
  }

  /// How far the replacement of each value of a row at a point can move the lead of its prediction: [count], more than 0 where it changes
  /// the value. For points with a certificate.
  ///
  /// - Returns: the largest of them.
  @_optimize(speed)
  func findEffects(
    row: Int, at point: Int, replacements: UnsafePointer<Float>, count: Int, into effects: Buffer<Float>
  ) -> Float {
    guard let worst = bounds(at: point)?.worst else { return .infinity }
    let offset = block.prediction(row) * worst.stride
    return kernels.effects(
      block.values(row, at: point), replacements, worst.raise + offset, worst.lower + offset, count,
      effects.pointer)
  }

  /// Lists in `scratch.indices` the values whose change by up to `sizes`, in either direction, is not below `limit` in effect.
  @_optimize(speed)
  func listOpenEitherWay(
    row: Int, at point: Int, sizes: UnsafePointer<Float>, zeros: UnsafePointer<Float>, limit: Float, count: Int
  ) -> Int {
    guard let either = bounds(at: point)?.either else {
      for unit in 0..<count { scratch.indices.pointer[unit] = Int32(truncatingIfNeeded: unit) }
      return count
    }
    let offset = block.prediction(row) * either.stride
    return kernels.undecided(
      zeros, sizes, either.raise + offset, either.raise + offset, limit, count, scratch.indices.pointer)
  }
}
