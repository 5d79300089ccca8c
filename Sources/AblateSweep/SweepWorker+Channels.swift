import AblateModel
import AblateRuntime

extension SweepWorker {
  /// Runs the rows of the block with a unit replaced, or two, where that changes one of their values. For layers in front of the chain that
  /// the model ends in.
  ///
  /// - Parameter restart: behind the layer of the first unit, with that of the second.
  func run(item index: Int, _ item: SweepItem, _ restart: Restart, _ replacement: Replacement) {
    guard let first = ReplacedUnit(item.layer, item.unit, of: model, replacement) else { return }
    let second = ReplacedUnit(item.secondLayer, item.secondUnit, of: model, replacement)
    let step = model.stepOfLayer[first.layer]
    let secondStep = second.map { model.stepOfLayer[$0.layer] } ?? step
    let activations = ablated.values(ofStep: step)
    let changed = scratchRows.pointer
    var count = 0
    for row in 0..<block.rows {
      let values = block.values(row, at: step + 1)
      let number = block.firstRow + row
      // What the first changes may change the second's values: these are looked at where the first changes nothing.
      if first.isHeld(by: values, row: number),
        second?.isHeld(by: block.values(row, at: secondStep + 1), row: number) ?? true
      {
        continue
      }
      let target = activations.pointer + count * activations.stride
      target.copy(from: values, count: first.shape.count)
      first.write(to: target, row: number)
      changed[count] = Int32(truncatingIfNeeded: row)
      count += 1
    }
    if count == 0 { return }
    tally.countExamined(count)
    tally.countRerun(count)
    ablated.carry(restart, from: block.executor, rows: count) { Int(changed[$0]) }
    ablated.run(
      steps: step + 1..<secondStep + 1, from: activations.pointer, stride: activations.stride, rows: count,
      restart: restart)
    let later = ablated.values(ofStep: secondStep)
    if let second {
      for row in 0..<count {
        second.write(to: later.pointer + row * later.stride, row: block.firstRow + Int(changed[row]))
      }
    }
    ablated.run(
      steps: secondStep + 1..<model.steps.count, from: later.pointer, stride: later.stride, rows: count,
      restart: restart)
    read(ablated.scores, rows: count) { Origin(row: Int(changed[$0]), item: index) }
  }
}

/// A unit with another value at all its positions.
private struct ReplacedUnit {
  let layer: Int
  let shape: ValueShape
  private let unit: Int
  private let replacement: UnitReplacement

  /// nil without a layer and a unit.
  init?(_ layer: Int?, _ unit: Int?, of model: Model, _ replacement: Replacement) {
    guard let layer, let unit else { return nil }
    self.layer = layer
    self.unit = unit
    shape = model.layers[layer].shape
    self.replacement = replacement.value(model: model, layer: layer, unit: unit)
  }

  private func value(at position: Int, row: Int) -> Float {
    replacement.value(layer: layer, unit: unit, position: position, row: row)
  }

  /// Whether the values of the layer are the same with it.
  func isHeld(by values: UnsafePointer<Float>, row: Int) -> Bool {
    for position in 0..<shape.positions
    where values[position * shape.channels + unit] != value(at: position, row: row) {
      return false
    }
    return true
  }

  func write(to values: UnsafeMutablePointer<Float>, row: Int) {
    for position in 0..<shape.positions {
      values[position * shape.channels + unit] = value(at: position, row: row)
    }
  }
}
