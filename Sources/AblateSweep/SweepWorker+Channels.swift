import AblateModel
import AblateRuntime

extension SweepWorker {
  /// Runs the rows of the block with each unit of a layer replaced, one at a time, where that changes one of its values. For layers in front
  /// of the chain that the model ends in.
  func runAll(first item: Int, layer: Int, _ restart: Restart, _ replacement: Replacement) {
    let shape = model.layers[layer].shape
    let step = model.stepOfLayer[layer]
    let activations = ablated.values(ofStep: step)
    let changed = scratchRows.pointer
    for unit in 0..<shape.channels {
      let replacement = replacement.value(model: model, layer: layer, unit: unit)
      var count = 0
      for row in 0..<block.rows {
        let values = block.values(row, at: step + 1)
        let target = activations.pointer + count * activations.stride
        guard replace(unit, of: layer, shape, values, row: row, replacement, into: target) else { continue }
        changed[count] = Int32(truncatingIfNeeded: row)
        count += 1
      }
      if count == 0 { continue }
      tally.countExamined(count)
      tally.countRerun(count)
      ablated.carry(restart, from: intact, rows: count) { Int(changed[$0]) }
      ablated.run(
        steps: step + 1..<model.steps.count, from: activations.pointer, stride: activations.stride, rows: count,
        restart: restart)
      read(ablated.scores, rows: count) { Origin(row: Int(changed[$0]), item: item + unit) }
    }
  }

  /// Writes a row of a layer with one unit replaced, and says whether that changes anything. If not, what is written does not matter.
  private func replace(
    _ unit: Int, of layer: Int, _ shape: ValueShape, _ values: UnsafePointer<Float>, row: Int,
    _ replacement: UnitReplacement, into target: UnsafeMutablePointer<Float>
  ) -> Bool {
    func value(at position: Int) -> Float {
      replacement.value(layer: layer, unit: unit, position: position, row: block.firstRow + row)
    }
    var position = 0
    while position < shape.positions, values[position * shape.channels + unit] == value(at: position) { position += 1 }
    if position == shape.positions { return false }
    target.copy(from: values, count: shape.count)
    while position < shape.positions {
      target[position * shape.channels + unit] = value(at: position)
      position += 1
    }
    return true
  }
}
