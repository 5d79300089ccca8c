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
  private let roundings: [ChainRounding]
  private let zeros: Buffer<Float>
  private let ones: Buffer<Float>

  init(model: Model, layers chosen: [Int]?) throws(AblateError) {
    let layers = chosen ?? Array(model.layers.indices)
    try model.requireDistinct(layers: layers)
    var starts = [0]
    var largest: [Buffer<Float>] = []
    var widest = 1
    var roundings: [ChainRounding] = []
    for (position, index) in layers.enumerated() {
      let layer = model.layers[index]
      starts.append(starts[position] + layer.units * layer.inputs)
      widest = max(widest, layer.units, layer.inputs)
      let weights = try Buffer<Float>(count: RowStride.padded(layer.units))
      for unit in 0..<layer.units {
        let own = layer.weights.pointer + unit * layer.inputs
        let most = Replacement.largestMagnitude(own, count: layer.inputs)
        weights.pointer[unit] = most * layer.activation.lipschitzConstant * (1 + 0x1p-20)
      }
      largest.append(weights)
      roundings.append(ChainRounding(layer, kernels: model.kernels))
    }
    self.model = model
    self.layers = layers
    self.starts = starts
    largestWeights = largest
    self.roundings = roundings
    zeros = try Buffer(count: RowStride.padded(widest))
    ones = try Buffer(count: RowStride.padded(widest))
    ones.pointer.update(repeating: 1, count: ones.count)
  }

  var itemCount: Int { starts[layers.count] }

  func item(_ index: Int) -> SweepItem {
    var position = 0
    while index >= starts[position + 1] { position += 1 }
    let inputs = model.layers[layers[position]].inputs
    let (unit, input) = (index - starts[position]).quotientAndRemainder(dividingBy: inputs)
    return SweepItem(layer: layers[position], unit: unit, input: input)
  }

  func identify(_ fingerprint: inout Fingerprint) {
    fingerprint.add(1)
    for layer in layers { fingerprint.add(layer) }
  }

  var needsPreActivations: Bool { true }

  var points: [Int] { layers.map { model.point(behindLayer: $0) } }

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
    let magnitudes = worker.scratch.effects.pointer
    let largest = worker.kernels.effects(
      inputs, zeros.pointer, ones.pointer, ones.pointer, layer.inputs, magnitudes)
    if largest == 0 { return }
    let (_, nonZeros) = worker.kernels.weightedMagnitude(inputs, ones.pointer, layer.inputs)
    // The chain of the unit is rounded anew, with other terms.
    func slack(_ sum: Float, _ bias: Float, _ reach: (CertificatePoint) -> Float) -> Float {
      guard let bounds = worker.certificate?.points[point + 1] else { return .nan }
      return roundings[position].slack(
        sum: sum, bias: bias, nonZeros: nonZeros, reach: reach(bounds), growth: bounds.growth)
    }
    let most = slack(roundings[position].largestSum * largest, roundings[position].largestBias) { $0.largestReach }
    let limit = worker.block.limit(row, at: point + 1) - most
    let open = worker.listOpenEitherWay(
      row: row, at: point + 1, sizes: largestWeights[position].pointer, zeros: zeros.pointer,
      limit: limit / largest * (1 - 0x1p-20), count: layer.units)
    for index in 0..<open {
      let unit = Int(worker.scratch.indices.pointer[index])
      let (sum, _) = worker.kernels.weightedMagnitude(
        layer.weights.pointer + unit * layer.inputs, magnitudes, layer.inputs)
      visit(
        worker, row: row, position: position, unit: unit,
        slack: slack(sum, abs(layer.bias.pointer[unit])) { $0.worst.reach.pointer[unit] })
    }
  }

  private func visit(_ worker: SweepWorker, row: Int, position: Int, unit: Int, slack: Float) {
    let layer = model.layers[layers[position]]
    let point = model.stepOfLayer[layers[position]]
    let weights = layer.weights.pointer + unit * layer.inputs
    let room = worker.room(row: row, at: point + 1, unit: unit, slack: slack)
    let count = worker.listInputs(row: row, at: point, weights: weights, room: room, of: layer)
    worker.examineSynapses(
      first: starts[position] + unit * layer.inputs, row: row, layer: layers[position], unit: unit, count: count,
      room: room, slack: slack)
  }
}

extension SweepWorker {
  /// Lists in `scratch.inputs` the inputs of a unit without which its value might leave its room.
  fileprivate func listInputs(
    row: Int, at point: Int, weights: UnsafePointer<Float>, room: (growth: Float, decline: Float), of layer: Layer
  ) -> Int {
    let inputs = block.values(row, at: point)
    let slope = layer.activation.lipschitzConstant * (1 + 0x1p-18)
    let smallest = layer.activation.isMonotone ? nil : Optional(min(room.growth, room.decline))
    if room.growth > 0 && room.decline > 0 {
      return kernels.undecidedInputs(
        inputs, weights, slope / (smallest ?? room.growth), slope / (smallest ?? room.decline), layer.inputs,
        scratch.inputs.pointer)
    }
    // Where nothing is proven, all terms count but those that leave a chain as it is: 0 times a finite weight, and any value times 0.
    var count = 0
    for input in 0..<layer.inputs where weights[input] != 0 && (inputs[input] != 0 || !weights[input].isFinite) {
      scratch.inputs.pointer[count] = Int32(truncatingIfNeeded: input)
      count += 1
    }
    return count
  }
}

/// What rounding in the chain of one unit of a layer can do to its activation, at most.
private struct ChainRounding {
  private let slope: Float
  /// γ of the intact chain and of that without the synapse, see `StepErrors`.
  private let chain: Float
  private let activation: Float
  private let length: Int
  let largestSum: Float
  let largestBias: Float

  init(_ layer: Layer, kernels: KernelTable) {
    length = layer.inputs
    var sums = 0.0
    for unit in 0..<layer.units {
      var sum = 0.0
      for input in 0..<layer.inputs { sum += Double(abs(layer.weights.pointer[unit * layer.inputs + input])) }
      sums = max(sums, sum)
    }
    largestSum = Float(sums) * (1 + 0x1p-20)
    largestBias = Replacement.largestMagnitude(layer.bias.pointer, count: layer.units)
    slope = layer.activation.lipschitzConstant
    chain = Float(2 * StepErrors.chain(of: layer, kernels: kernels) * 1.01)
    activation = 2 * layer.activation.roundingError
  }

  /// Carried on to a lead of two scores.
  ///
  /// - Parameters:
  ///   - sum: Σ |w x| of the unit.
  ///   - reach: of the unit, see `Sensitivity`.
  func slack(sum: Float, bias: Float, nonZeros: Int, reach: Float, growth: Double) -> Float {
    let size = slope * (sum + bias) * (1 + 0x1p-10)
    let part = Float(StepErrors.partOfChain(nonZeros: nonZeros, of: length))
    let error = part * chain * size + activation * (1 + size) + 0x1p-110
    return 2 * reach * error * Float(growth) * (1 + 0x1p-10)
  }
}
