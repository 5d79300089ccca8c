import AblateModel
import AblateRuntime

extension SweepWorker {
  /// Finds the outcomes of all rows of the block without each synapse of a part in front of the chain that the model ends in.
  ///
  /// - Parameters:
  ///   - first: the item of the part's first synapse.
  ///   - behind: how the rows of its layer are run on.
  func examineSlices(first: Int, _ part: SynapsePart, _ behind: SynapseKind.Behind) {
    guard let slices else { return }
    let layer = model.layers[part.layer]
    let source = model.sources[model.stepOfLayer[part.layer]][0]
    var left = 0..<part.itemCount(model)
    while !left.isEmpty {
      let synapses = slices.fitting(left, layer) { part.synapse($0, model).unit }
      runPart(pairs: synapses.count * block.rows) {
        slices.pack(synapses, layer, kernels: kernels) { part.synapse($0, model) }
        for row in 0..<block.rows {
          slices.run(layer, block.values(row, at: source), kernels: kernels)
          examine(slices, first: first + synapses.lowerBound, row: row, layer: part.layer, behind)
        }
      }
      left = synapses.upperBound..<left.upperBound
    }
    switch behind {
    case .pooling(let pooling): flush(at: pooling.point)
    case .restart(let restart): flush(behindLayer: part.layer, restart)
    }
  }

  private func examine(_ slices: SlicedUnits, first: Int, row: Int, layer: Int, _ behind: SynapseKind.Behind) {
    let values = slices.values.pointer
    let count = slices.count
    switch behind {
    case .pooling(let pooling):
      let pooled = slices.pooled.pointer
      pooling.pool(
        values, positions: model.layers[layer].positions, channels: count, into: pooled, kernels: kernels)
      for index in 0..<count {
        examinePooled(
          Origin(row: row, item: first + index), at: pooling.point, unit: slices.unit(index), pooled[index])
      }
    case .restart(let restart):
      for index in 0..<count {
        rerun(Origin(row: row, item: first + index), layer: layer, unit: slices.unit(index), restart) {
          values[$0 * count + index]
        }
      }
    }
  }

  private func examinePooled(_ origin: Origin, at point: Int, unit: Int, _ value: Float) {
    let intact = block.values(origin.row, at: point)[unit]
    if value == intact { return }
    let change = Change(unit: unit, value: value)
    // Bounds count on values up to a limit.
    guard abs(value) < SynapseKind.largestPooled else {
      tally.countExamined(1)
      return rerun(origin, at: point, change)
    }
    let move = value - intact
    if isBelow(
      block.limit(origin.row, at: point), Room(growth: move, decline: -move), row: origin.row, at: point, unit: unit)
      || isProven(row: origin.row, at: point, change)
    {
      return
    }
    examine(item: origin.item, row: origin.row, at: point, change)
  }
}
