import AblateModel
import AblateRuntime

extension SweepWorker {
  /// Of the inputs listed in `scratch.inputs`, ascending, keeps those without which a unit's activation leaves its room, and returns how
  /// many are left; without a certificate, all. What the activation becomes is in `scratch.values`.
  ///
  /// - Parameter room: how far the activation can grow and decline before the prediction might change.
  @_optimize(speed) @inline(never)
  func keepOpenSynapses(
    row: Int, layer index: Int, unit: Int, count: Int, room: Room
  ) -> Int {
    if certificate == nil || count == 0 { return count }
    let layer = model.layers[index]
    let point = model.stepOfLayer[index] + 1
    let inputs = scratch.inputs.pointer
    let values = scratch.values.pointer
    let x = block.values(row, at: point - 1)
    let weights = layer.weights.pointer + unit * layer.inputs
    let preActivation = block.preActivations(row, ofStep: point - 1)[unit]
    for position in 0..<count {
      values[position] = preActivation - x[Int(inputs[position])] * weights[Int(inputs[position])]
    }
    activate(values, count, of: layer)
    let activation = block.values(row, at: point)[unit]
    var open = 0
    for position in 0..<count {
      let change = values[position] - activation
      if change < 0 ? -change < room.decline : change < room.growth { continue }
      inputs[open] = inputs[position]
      values[open] = values[position]
      open += 1
    }
    return open
  }

  /// Whole vectors: the room behind the values is scratch, too.
  private func activate(_ values: UnsafeMutablePointer<Float>, _ count: Int, of layer: Layer) {
    kernels.activate(layer.activation, values, values, (count + 15) & ~15)
  }

  /// Finds the outcomes of a row with single inputs of a unit left out, those that `keepOpenSynapses` kept.
  ///
  /// - Parameters:
  ///   - first: the item of the unit's first input.
  ///   - slack: what rounding of the two chains can do to a lead.
  @_optimize(speed) @inline(never)
  func examineSynapses(first: Int, row: Int, layer: Int, unit: Int, count: Int, slack: Float) {
    let point = model.stepOfLayer[layer] + 1
    let inputs = scratch.inputs.pointer
    if certificate == nil || updates[point] == nil {
      tally.countExamined(count)
      return rerunSynapses(first, row, at: point, unit: unit, inputs, count)
    }
    for position in 0..<count {
      examine(
        item: first + Int(inputs[position]), row: row, at: point,
        Change(unit: unit, value: scratch.values.pointer[position], synapse: Int(inputs[position]), slack: slack))
    }
  }

  /// Runs rows that an update left unclear.
  func rerun(_ update: UpdatedRows, count: Int) {
    var position = 0
    while position < count {
      let entry = update.entry(position)
      if entry.change.synapse < 0 {
        rerun(entry.origin, at: update.point, entry.change)
        position += 1
        continue
      }
      // Synapses of one unit share their chains. They come one after the other.
      var listed = 0
      while position < count {
        let next = update.entry(position)
        guard next.change.unit == entry.change.unit, next.origin.row == entry.origin.row else { break }
        pending.pointer[listed] = Int32(truncatingIfNeeded: next.change.synapse)
        listed += 1
        position += 1
      }
      rerunSynapses(
        entry.origin.item - entry.change.synapse, entry.origin.row, at: update.point, unit: entry.change.unit,
        pending.pointer, listed)
    }
  }

  /// Runs a row with each of some inputs of a unit left out, whose value is computed as a masked run does.
  @_optimize(speed) @inline(never)
  private func rerunSynapses(
    _ first: Int, _ row: Int, at point: Int, unit: Int, _ inputs: UnsafePointer<Int32>, _ count: Int
  ) {
    guard case .dense(let index) = model.steps[point - 1] else { return }
    let layer = model.layers[index]
    let values = scratch.chains.pointer
    kernels.chains(
      block.values(row, at: point - 1), layer.weights.pointer + unit * layer.inputs, layer.bias.pointer[unit],
      layer.inputs, inputs, count, values)
    activate(values, count, of: layer)
    let activation = block.values(row, at: point)[unit]
    for position in 0..<count where values[position] != activation {
      rerun(
        Origin(row: row, item: first + Int(inputs[position])), at: point,
        Change(unit: unit, value: values[position]))
    }
  }
}
