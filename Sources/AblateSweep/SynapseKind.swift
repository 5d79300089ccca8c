import AblateModel
import AblateRuntime

/// Each incoming weight of each unit of chosen layers, one at a time.
///
/// Without its input i, pre-activation j of a row moves by x_i w_ji. One comparison with the largest |x_i| and the largest |w_ji| clears
/// most units of most rows with all their synapses.
final class SynapseKind: SweepKind {
  private let model: Model
  private let layers: [Int]
  /// The first item of each chosen layer, and the number of items behind them.
  private let starts: [Int]
  /// Of each chosen layer, [padded units]: the largest magnitude of a unit's weights, times the Lipschitz constant of its activation.
  private let largestWeights: [Buffer<Float>]
  private let zeros: Buffer<Float>

  init(model: Model, layers chosen: [Int]?) throws(AblateError) {
    let layers = chosen ?? Array(model.layers.indices)
    try model.requireDistinct(layers: layers)
    var starts = [0]
    var largest: [Buffer<Float>] = []
    var widest = 1
    for (position, index) in layers.enumerated() {
      let layer = model.layers[index]
      starts.append(starts[position] + layer.units * layer.inputs)
      widest = max(widest, layer.units)
      let weights = try Buffer<Float>(count: RowStride.padded(layer.units))
      for unit in 0..<layer.units {
        let own = layer.weights.pointer + unit * layer.inputs
        let most = Replacement.largestMagnitude(own, count: layer.inputs)
        weights.pointer[unit] = most * layer.activation.lipschitzConstant * (1 + 0x1p-20)
      }
      largest.append(weights)
    }
    self.model = model
    self.layers = layers
    self.starts = starts
    largestWeights = largest
    zeros = try Buffer(count: RowStride.padded(widest))
  }

  var itemCount: Int { starts[layers.count] }

  func item(_ index: Int) -> SweepItem {
    var position = 0
    while index >= starts[position + 1] { position += 1 }
    let inputs = model.layers[layers[position]].inputs
    let (unit, input) = (index - starts[position]).quotientAndRemainder(dividingBy: inputs)
    return SweepItem(layer: layers[position], unit: unit, input: input)
  }

  var points: [Int] { layers.map { model.point(behindLayer: $0) } }

  var firstBound: Int? { layers.reduce(model.steps.count) { min($0, model.stepOfLayer[$1]) } }

  var largestReplacement: Float { 0 }

  func visit(_ worker: SweepWorker) {
    for position in layers.indices {
      for row in 0..<worker.block.rows { visit(worker, row: row, position: position) }
      worker.flush(at: model.point(behindLayer: layers[position]))
    }
  }

  private func visit(_ worker: SweepWorker, row: Int, position: Int) {
    let layer = model.layers[layers[position]]
    let point = model.stepOfLayer[layers[position]]
    let inputs = worker.block.values(row, at: point)
    let largest = Replacement.largestMagnitude(inputs, count: layer.inputs)
    if largest == 0 { return }
    // The chains of this layer's own step are rounded anew, so the limit is that in front of it.
    let limit = worker.block.limit(row, at: point)
    let open = worker.listOpenEitherWay(
      row: row, at: point + 1, sizes: largestWeights[position].pointer, zeros: zeros.pointer,
      limit: limit / largest * (1 - 0x1p-20), count: layer.units)
    for index in 0..<open {
      visit(worker, row: row, position: position, unit: Int(worker.indices.pointer[index]), limit: limit)
    }
  }

  private func visit(_ worker: SweepWorker, row: Int, position: Int, unit: Int, limit: Float) {
    let layer = model.layers[layers[position]]
    let point = model.stepOfLayer[layers[position]]
    let inputs = worker.block.values(row, at: point)
    let weights = layer.weights.pointer + unit * layer.inputs
    let (raise, lower) = worker.effects(row: row, at: point + 1, unit: unit, of: layer.activation)
    let first = starts[position] + unit * layer.inputs
    for input in 0..<layer.inputs {
      let change = -inputs[input] * weights[input]
      // A term of 0 leaves a chain as it is.
      if change == 0 && inputs[input] == 0 || weights[input] == 0 { continue }
      let effect = change < 0 ? -change * lower : change * raise
      if effect < limit { continue }
      worker.examineSynapse(
        item: first + input, row: row, layer: layers[position], unit: unit, input: input, change: change)
    }
  }
}
