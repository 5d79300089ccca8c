import AblateModel
import AblateRuntime

extension SweepWorker {
  /// Runs the whole block with a mask, from the first layer it changes: there only what it changes is computed.
  func runBlock(item: Int, mask: ResolvedMask) {
    guard let layer = mask.firstLayer else { return }
    tally.countExamined(block.rows)
    tally.countRerun(block.rows)
    let step = model.stepOfLayer[layer]
    let source = model.sources[step][0]
    let activations = ablated.values(ofStep: step)
    activations.pointer.copy(from: block.values(0, at: step + 1), count: block.rows * activations.stride)
    let inputStride = source == 0 ? model.inputWidth : block.executor.values(ofStep: source - 1).stride
    ablated.apply(
      mask, layer: layer, inputs: block.values(0, at: source), stride: inputStride, rows: block.rows,
      firstRow: block.firstRow)
    if let restart = mask.restart { ablated.carry(restart, from: block.executor, rows: block.rows) { $0 } }
    ablated.run(
      steps: step + 1..<model.steps.count, from: activations.pointer, stride: activations.stride, rows: block.rows,
      firstRow: block.firstRow, mask: mask, restart: mask.restart)
    read(ablated.scores, rows: block.rows) { Origin(row: $0, item: item) }
  }

  /// Runs listed rows of the block with a mask that replaces units only, from the first point it changes.
  func run(item: Int, mask: ResolvedMask, from first: PointChanges, rows: UnsafePointer<Int32>, _ count: Int) {
    let activations = ablated.values(ofStep: first.point - 1)
    for index in 0..<count {
      let target = activations.pointer + index * activations.stride
      target.copy(from: block.values(Int(rows[index]), at: first.point), count: activations.stride)
      for (unit, value) in first.units { target[unit] = value }
    }
    ablated.run(
      steps: first.point..<model.steps.count, from: activations.pointer, stride: activations.stride, rows: count,
      mask: mask)
    read(ablated.scores, rows: count) { Origin(row: Int(rows[$0]), item: item) }
  }

  /// Runs the accumulated rows that changed, as masked runs do.
  func runAccumulated(
    at point: Int, _ body: (_ row: Int, _ prediction: Int, _ measures: UnsafePointer<Float>) -> Void
  ) {
    guard let accumulated, accumulated.changedCount > 0 else { return }
    let count = accumulated.changedCount
    let changed = accumulated.changed.pointer
    for index in 0..<count {
      (rows.values.pointer + index * accumulated.stride).copy(
        from: accumulated.values.pointer + Int(changed[index]) * accumulated.stride, count: accumulated.stride)
    }
    let scores = self.scores(behind: point, (rows.values.pointer, accumulated.stride), rows: count)
    reader.read(
      scores: scores.pointer, stride: scores.stride, rows: count, block: block, origin: { Int(changed[$0]) },
      take: { index, prediction, measures in body(Int(changed[index]), prediction, measures) })
    accumulated.changedCount = 0
  }

  /// The scores of rows whose values at a point are given.
  func scores(
    behind point: Int, _ values: (pointer: UnsafeMutablePointer<Float>, stride: Int), rows: Int
  ) -> (pointer: UnsafeMutablePointer<Float>, stride: Int) {
    if point == model.steps.count { return values }
    ablated.run(steps: point..<model.steps.count, from: values.pointer, stride: values.stride, rows: rows)
    return ablated.scores
  }
}
