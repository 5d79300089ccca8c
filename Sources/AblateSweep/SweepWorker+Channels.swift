import AblateModel
import AblateRuntime

extension SweepWorker {
  /// Runs the rows of the block with each unit of a layer replaced, one at a time, where that changes one of its values. For layers in front
  /// of the chain that the model ends in.
  func runAll(first item: Int, layer: Int, _ restart: Restart, _ replacement: Replacement) {
    for unit in 0..<model.layers[layer].units {
      let replacement = replacement.value(model: model, layer: layer, unit: unit)
      for row in 0..<block.rows {
        rerun(Origin(row: row, item: item + unit), layer: layer, unit: unit, restart) {
          replacement.value(layer: layer, unit: unit, position: $0, row: block.firstRow + row)
        }
      }
    }
    flush(behindLayer: layer, restart)
  }

  /// Gathers a row with other values of one unit of a layer in front of the chain, if they are others.
  func rerun(_ origin: Origin, layer: Int, unit: Int, _ restart: Restart, value: (_ position: Int) -> Float) {
    let shape = model.layers[layer].shape
    let step = model.stepOfLayer[layer]
    let values = block.values(origin.row, at: step + 1)
    var position = 0
    while position < shape.positions, values[position * shape.channels + unit] == value(position) { position += 1 }
    if position == shape.positions { return }
    let activations = ablated.values(ofStep: step)
    let target = activations.pointer + rows.count * activations.stride
    target.copy(from: values, count: shape.count)
    while position < shape.positions {
      target[position * shape.channels + unit] = value(position)
      position += 1
    }
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
    ablated.carry(restart, from: intact, rows: rows.count) { rows.origin($0).row }
    ablated.run(
      steps: step + 1..<model.steps.count, from: activations.pointer, stride: activations.stride, rows: rows.count,
      restart: restart)
    read(ablated.scores, rows: rows.count) { rows.origin($0) }
    rows.removeAll()
  }
}
