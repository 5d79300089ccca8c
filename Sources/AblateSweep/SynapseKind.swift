import AblateModel
import AblateRuntime

/// Single weights of dense layers, one at a time.
///
/// Without its input i, pre-activation j of a row moves by x_i w_ji. One comparison with the largest |x_i| and the largest |w_ji| clears
/// most units of most rows with all their synapses.
final class SynapseKind: SweepKind {
  private let model: Model
  private let parts: [Part]
  /// The first item of each part, and the number of items behind them.
  private let starts: [Int]
  /// Of each part, [padded units]: the largest magnitude of a unit's weights, times the Lipschitz constant of its activation.
  private let largestWeights: [Buffer<Float>]
  private let roundings: [ChainRounding]
  private let zeros: Buffer<Float>

  /// Some synapses of a layer: those of some units, or those of one input.
  struct Part {
    let layer: Int
    /// The units in the order of the items; nil for all.
    var units: [Int]?
    /// The place of each unit among them.
    private var places: [Int?] = []
    /// nil for all inputs of a unit, next to each other.
    var input: Int?

    init(layer: Int, input: Int? = nil) {
      self.layer = layer
      self.input = input
    }

    init(layer: Int, units: [Int], of model: Model) {
      self.layer = layer
      self.units = units
      places = Array(repeating: nil, count: model.layers[layer].units)
      for (place, unit) in units.enumerated() { places[unit] = place }
    }

    func itemCount(_ model: Model) -> Int {
      (units?.count ?? model.layers[layer].units) * (input == nil ? model.layers[layer].inputs : 1)
    }

    func item(_ index: Int, _ model: Model) -> SweepItem {
      if let input { return SweepItem(layer: layer, unit: index, input: input) }
      let (place, input) = index.quotientAndRemainder(dividingBy: model.layers[layer].inputs)
      return SweepItem(layer: layer, unit: units?[place] ?? place, input: input)
    }

    /// What added to an input of a unit gives the synapse's item; nil if the unit is not of the part.
    func itemOffset(unit: Int, _ model: Model) -> Int? {
      if let input { return unit - input }
      guard let place = units == nil ? unit : places[unit] else { return nil }
      return place * model.layers[layer].inputs
    }
  }

  init(model: Model, parts: [Part]) throws(AblateError) {
    var starts = [0]
    var largest: [Buffer<Float>] = []
    var widest = 1
    var roundings: [ChainRounding] = []
    for (position, part) in parts.enumerated() {
      let layer = model.layers[part.layer]
      starts.append(starts[position] + part.itemCount(model))
      widest = max(widest, layer.units, layer.inputs)
      let weights = try Buffer<Float>(count: RowStride.padded(layer.units))
      for unit in part.units ?? Array(0..<layer.units) {
        let own = layer.weights.pointer + unit * layer.inputs
        let most = part.input.map { abs(own[$0]) } ?? Replacement.largestMagnitude(own, count: layer.inputs)
        // Not 0 for weights near the smallest number: 0 says that nothing changes.
        let effect = most * layer.activation.lipschitzConstant * (1 + 0x1p-20)
        weights.pointer[unit] = most == 0 ? 0 : max(effect, Float.leastNormalMagnitude)
      }
      largest.append(weights)
      if let same = parts[..<position].firstIndex(where: { $0.layer == part.layer }) {
        roundings.append(roundings[same])
      } else {
        roundings.append(ChainRounding(layer, kernels: model.kernels))
      }
    }
    self.model = model
    self.parts = parts
    self.starts = starts
    largestWeights = largest
    self.roundings = roundings
    zeros = try Buffer(count: RowStride.padded(widest))
  }

  var itemCount: Int { starts[parts.count] }

  func item(_ index: Int) -> SweepItem {
    var low = 0
    var high = parts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= index { low = middle } else { high = middle }
    }
    return parts[low].item(index - starts[low], model)
  }

  func identify(_ fingerprint: inout Fingerprint) {
    fingerprint.add(.synapses)
    for part in parts {
      fingerprint.add(part.layer)
      fingerprint.add(part.input ?? -1)
      fingerprint.add(part.units?.count ?? -1)
      for unit in part.units ?? [] { fingerprint.add(unit) }
    }
  }

  var needsPreActivations: Bool { true }

  var points: [Int] { parts.map { model.point(behindLayer: $0.layer) } }

  var largestReplacement: Float { 0 }

  func visit(_ worker: SweepWorker) {
    for (position, part) in parts.enumerated() {
      for row in 0..<worker.block.rows { visit(worker, row: row, position, part) }
      worker.flush(at: model.point(behindLayer: part.layer))
    }
  }

  private func visit(_ worker: SweepWorker, row: Int, _ position: Int, _ part: borrowing Part) {
    let layer = model.layers[part.layer]
    let point = model.stepOfLayer[part.layer]
    let inputs = worker.block.values(row, at: point)
    let lead = worker.block.limit(row, at: point + 1)
    if let input = part.input, inputs[input] == 0, lead > 0 { return }
    let magnitudes = worker.block.magnitudes(row, at: point)
    if magnitudes.nonZeros == 0 { return }
    let most = part.input.map { abs(inputs[$0]) } ?? magnitudes.largest
    // The chain of the unit is rounded anew, with other terms.
    func slack(_ sum: Float, _ bias: Float, _ reach: (CertificatePoint) -> Float) -> Float {
      guard let bounds = worker.certificate?.points[point + 1] else { return .nan }
      return roundings[position].slack(
        sum: sum, bias: bias, nonZeros: magnitudes.nonZeros, reach: reach(bounds), growth: bounds.growth)
    }
    let worst = slack(roundings[position].largestSum * magnitudes.largest, roundings[position].largestBias) {
      $0.largestReach
    }
    let limit = lead - worst
    let sizes = largestWeights[position].pointer
    let open = worker.listOpenEitherWay(
      row: row, at: point + 1, sizes: sizes, zeros: zeros.pointer, limit: limit / most * (1 - 0x1p-20),
      count: layer.units)
    if open == 0 { return }
    worker.findLimits(row: row, at: point + 1, slack: worst)
    // Where even the worst is little beside the lead, what a unit's own chain comes to decides nothing.
    let isRoomy = 8 * worst < limit
    for index in 0..<open {
      let unit = Int(worker.scratch.indices.pointer[index])
      guard let offset = part.itemOffset(unit: unit, model) else { continue }
      let moves = worker.largestMoves(row: row, of: layer, at: point + 1, unit: unit, by: most * sizes[unit])
      if worker.isBelow(limit, moves, row: row, at: point + 1, unit: unit) { continue }
      var room = worker.room(row: row, at: point + 1, unit: unit)
      if room.holds(moves) { continue }
      let weights = layer.weights.pointer + unit * layer.inputs
      func own() -> Float {
        let sum = worker.kernels.magnitudes(weights, inputs, layer.inputs).weighted
        return slack(sum, abs(layer.bias.pointer[unit])) { $0.worst.reach.pointer[unit] }
      }
      if !isRoomy {
        worker.findLimits(row: row, at: point + 1, slack: own())
        room = worker.room(row: row, at: point + 1, unit: unit)
        worker.findLimits(row: row, at: point + 1, slack: worst)
      }
      var count = worker.listInputs(row: row, at: point, weights: weights, room: room, of: layer)
      if let input = part.input { count = worker.keepInput(input, count: count) }
      count = worker.keepOpenSynapses(row: row, layer: part.layer, unit: unit, count: count, room: room)
      if count == 0 { continue }
      worker.examineSynapses(
        first: starts[position] + offset, row: row, layer: part.layer, unit: unit, count: count, slack: own())
    }
  }
}

extension SweepWorker {
  /// Of the listed inputs keeps one, and returns how many are left.
  fileprivate func keepInput(_ input: Int, count: Int) -> Int {
    for position in 0..<count where Int(scratch.inputs.pointer[position]) == input {
      scratch.inputs.pointer[0] = Int32(truncatingIfNeeded: input)
      return 1
    }
    return 0
  }

  /// How far the value of a unit can grow, and decline, where its pre-activation moves by less than `size` without one of its inputs,
  /// rounding aside.
  fileprivate func largestMoves(row: Int, of layer: Layer, at point: Int, unit: Int, by size: Float) -> Room {
    guard layer.activation.kind == .relu else { return Room(growth: size, decline: size) }
    let preActivation = block.preActivations(row, ofStep: point - 1)[unit]
    // A ReLU's value is 0 until its pre-activation is above, and does not decline below.
    return Room(
      growth: max(0, size + min(0, preActivation)) * (1 + 0x1p-20), decline: max(0, min(size, preActivation)))
  }

  /// Lists in `scratch.inputs` the inputs of a unit without which its value might leave its room.
  fileprivate func listInputs(
    row: Int, at point: Int, weights: UnsafePointer<Float>, room: Room, of layer: Layer
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
