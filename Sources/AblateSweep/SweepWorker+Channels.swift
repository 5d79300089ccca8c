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

  /// Gathers a row with other values of one unit of a layer in front of the chain, if they are others.
  func rerun(_ origin: Origin, layer: Int, unit: Int, _ restart: Restart, value: (_ position: Int) -> Float) {
    let shape = model.layers[layer].shape
    let step = model.stepOfLayer[layer]
    let values = block.values(origin.row, at: step + 1)
    if shape.holds(values, channel: unit, value) { return }
    let activations = ablated.values(ofStep: step)
    let target = activations.pointer + rows.count * activations.stride
    target.copy(from: values, count: shape.count)
    shape.replace(target, channel: unit, value)
    rows.append(origin, Change(unit: unit, value: 0))
    if rows.isFull { flush(behindLayer: layer, restart) }
  }

  /// Runs what is gathered behind a layer in front of the chain.
  func flush(behindLayer layer: Int, _ restart: Restart) {
    if rows.count == 0 { return }
    let step = model.stepOfLayer[layer]
    let activations = ablated.values(ofStep: step)
    tally.countExamined(rows.count)
    tally.countRerun(rows.count)
    ablated.carry(restart, from: block.executor, rows: rows.count) { rows.origin($0).row }
    ablated.run(
      steps: step + 1..<model.steps.count, from: activations.pointer, stride: activations.stride, rows: rows.count,
      restart: restart)
    read(ablated.scores, rows: rows.count) { rows.origin($0) }
    rows.removeAll()
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

  /// Whether the values of the layer are the same with it.
  func isHeld(by values: UnsafePointer<Float>, row: Int) -> Bool {
    shape.holds(values, channel: unit) { replacement.value(layer: layer, unit: unit, position: $0, row: row) }
  }

  func write(to values: UnsafeMutablePointer<Float>, row: Int) {
    shape.replace(values, channel: unit) { replacement.value(layer: layer, unit: unit, position: $0, row: row) }
  }
}
