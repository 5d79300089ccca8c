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
    let largest = worker.kernels.effects(
      inputs, zeros.pointer, ones.pointer, ones.pointer, layer.inputs, worker.scratch.values.pointer)
    if largest == 0 { return }
    let (_, nonZeros) = worker.kernels.weightedMagnitude(inputs, ones.pointer, layer.inputs)
    // The chain of the unit is rounded anew, with other terms.
    let slack =
      worker.certificate.map { _ in
        roundings[position].slack(largestInput: largest, nonZeros: nonZeros, worker, point + 1)
      } ?? .nan
    let limit = worker.block.limit(row, at: point + 1) - slack
    let open = worker.listOpenEitherWay(
      row: row, at: point + 1, sizes: largestWeights[position].pointer, zeros: zeros.pointer,
      limit: limit / largest * (1 - 0x1p-20), count: layer.units)
    for index in 0..<open {
      visit(worker, row: row, position: position, unit: Int(worker.scratch.indices.pointer[index]), slack: slack)
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
  private let perInput: Float
  private let constant: Float
  private let length: Int

  init(_ layer: Layer, kernels: KernelTable) {
    length = layer.inputs
    var sums = 0.0
    var biases = 0.0
    for unit in 0..<layer.units {
      var sum = 0.0
      for input in 0..<layer.inputs { sum += Double(abs(layer.weights.pointer[unit * layer.inputs + input])) }
      sums = max(sums, sum)
      biases = max(biases, Double(abs(layer.bias.pointer[unit])))
    }
    // Both the intact chain and that without the synapse err by γ (|b| + Σ |w x|), see `StepErrors`.
    let chain = 2 * StepErrors.chain(of: layer, kernels: kernels) * 1.01
    let slope = Double(layer.activation.lipschitzConstant)
    perInput = Float(slope * chain * sums)
    let activation = 2 * Double(layer.activation.roundingError) * (1 + slope * biases)
    constant = Float(slope * chain * biases + activation + 0x1p-110)
    activationPerInput = Float(2 * Double(layer.activation.roundingError) * slope * sums)
  }

  private let activationPerInput: Float

  /// Carried on to a lead of two scores.
  func slack(largestInput: Float, nonZeros: Int, _ worker: SweepWorker, _ point: Int) -> Float {
    guard let bounds = worker.certificate?.points[point] else { return .nan }
    let part = Float(StepErrors.partOfChain(nonZeros: nonZeros, of: length)) * (1 + 0x1p-20)
    let error = (part * perInput + activationPerInput) * largestInput + constant
    return 2 * bounds.largestReach * error * Float(bounds.growth) * (1 + 0x1p-18)
  }
}
