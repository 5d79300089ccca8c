import AblateModel
import AblateRuntime

/// The weights from one input to one unit of a layer, one unit and input at a time: a single weight, of a convolution a slice of the kernel.
///
/// Without its input i, pre-activation j of a row moves by x_i w_ji. One comparison with the largest |x_i| and the largest |w_ji| clears
/// most units of most rows with all their synapses. In front of the chain that the model ends in, where bounds are known behind pooling
/// at best, what each unit comes to without each input is computed, see `SlicedUnits`.
final class SynapseKind: SweepKind {
  private let model: Model
  private let parts: [SynapsePart]
  /// The first item of each part, and the number of items behind them.
  private let starts: [Int]
  /// Of each part.
  private let ways: [Way]
  private let zeros: Buffer<Float>
  let points: [Int]
  /// The values in front of the first dense layer, or the pooled ones if they are further in front.
  let origin: Int?
  let slicedLayers: [Int]

  private enum Way: Sendable {
    /// [padded units]: the largest magnitude of a unit's weights, times the Lipschitz constant of its activation.
    case chain(largestWeights: Buffer<Float>, ChainRounding)
    case slices(Behind)
  }

  /// How rows of a layer in front of the chain are run on.
  enum Behind: Sendable {
    case pooling(ChannelPooling)
    case restart(Restart)
  }

  /// Where a pooled channel without a synapse is further from 0, nothing is proven.
  static let largestPooled: Float = 0x1p20

  init(model: Model, parts: [SynapsePart]) throws(AblateError) {
    var starts = [0]
    var ways: [Way] = []
    var points: [Int] = []
    var origin = Int.max
    var slicedLayers: [Int] = []
    var widest = 1
    for (position, part) in parts.enumerated() {
      starts.append(starts[position] + part.itemCount(model))
      let point = model.point(behindLayer: part.layer)
      guard model.isInChain(part.layer) else {
        slicedLayers.append(part.layer)
        if let pooling = ChannelPooling(model: model, layer: part.layer) {
          points.append(pooling.point)
          origin = min(origin, pooling.point)
          ways.append(.slices(.pooling(pooling)))
        } else {
          ways.append(.slices(.restart(Restart(model: model, points: [point]))))
        }
        continue
      }
      points.append(point)
      origin = min(origin, point - 1)
      let layer = model.layers[part.layer]
      widest = max(widest, layer.units, layer.inputs)
      let weights = try Buffer<Float>(count: RowStride.padded(layer.units))
      for unit in part.units ?? Array(0..<layer.units) {
        let own = layer.weights.pointer + unit * layer.inputs
        let most = part.input.map { abs(own[$0]) } ?? model.kernels.magnitudes(own, own, layer.inputs).largest
        // Not 0 for weights near the smallest number: 0 says that nothing changes.
        let effect = most * layer.activation.lipschitzConstant * (1 + 0x1p-20)
        weights.pointer[unit] = most == 0 ? 0 : max(effect, Float.leastNormalMagnitude)
      }
      if let same = parts[..<position].firstIndex(where: { $0.layer == part.layer }),
        case .chain(_, let rounding) = ways[same]
      {
        ways.append(.chain(largestWeights: weights, rounding))
      } else {
        ways.append(.chain(largestWeights: weights, ChainRounding(layer, kernels: model.kernels)))
      }
    }
    self.model = model
    self.parts = parts
    self.starts = starts
    self.ways = ways
    self.points = points
    self.origin = points.isEmpty ? nil : origin
    self.slicedLayers = slicedLayers
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
    let (unit, input) = parts[low].synapse(index - starts[low], model)
    return SweepItem(layer: parts[low].layer, unit: unit, input: input)
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

  var sharesItems: Bool { !slicedLayers.isEmpty }

  var largestReplacement: Float { slicedLayers.isEmpty ? 0 : Self.largestPooled }

  func visit(_ worker: SweepWorker) {
    for (position, part) in parts.enumerated() {
      switch ways[position] {
      case .chain(let largestWeights, let rounding):
        let layer = model.layers[part.layer]
        let first = starts[position]
        worker.runRows(items: starts[position + 1] - first) { rows in
          for row in rows { visit(worker, row: row, first: first, part, layer, largestWeights, rounding) }
        }
        worker.flush(at: model.point(behindLayer: part.layer))
      case .slices(let behind): worker.examineSlices(first: starts[position], part, behind)
      }
    }
  }

  private func visit(
    _ worker: SweepWorker, row: Int, first: Int, _ part: borrowing SynapsePart, _ layer: Layer,
    _ largestWeights: Buffer<Float>, _ rounding: ChainRounding
  ) {
    let point = model.stepOfLayer[part.layer]
    let inputs = worker.block.values(row, at: point)
    let lead = worker.block.limit(row, at: point + 1)
    if let input = part.input, inputs[input] == 0, lead > 0 { return }
    let largest = worker.block.largest(row, at: point)
    if largest == 0 { return }
    let most = part.input.map { abs(inputs[$0]) } ?? largest
    // The chain of the unit is rounded anew, with other terms.
    func slack(_ sum: Float, _ bias: Float, nonZeros: Int, _ reach: (CertificatePoint) -> Float) -> Float {
      guard let bounds = worker.bounds(at: point + 1) else { return .nan }
      return rounding.slack(sum: sum, bias: bias, nonZeros: nonZeros, reach: reach(bounds), growth: bounds.growth)
    }
    func largestSlack(nonZeros: Int) -> Float {
      slack(rounding.largestSum * largest, rounding.largestBias, nonZeros: nonZeros) { $0.largestReach }
    }
    var worst = largestSlack(nonZeros: layer.inputs)
    // Where rounding matters, how many inputs are 0 does.
    if !IntactBlock.isNegligible(worst, beside: lead) {
      worst = largestSlack(nonZeros: worker.block.magnitudes(row, at: point).nonZeros)
    }
    let limit = lead - worst
    let sizes = largestWeights.pointer
    let open = worker.listOpenEitherWay(
      row: row, at: point + 1, sizes: sizes, zeros: zeros.pointer, limit: limit / most * (1 - 0x1p-20),
      count: layer.units)
    if open == 0 { return }
    worker.prepareRooms(row: row, at: point + 1, slack: worst)
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
        let sizes = worker.kernels.magnitudes(inputs, weights, layer.inputs)
        return slack(sizes.weighted, abs(layer.bias.pointer[unit]), nonZeros: sizes.nonZeros) { $0.worst.reach[unit] }
      }
      if !isRoomy {
        worker.prepareRooms(row: row, at: point + 1, slack: own())
        room = worker.room(row: row, at: point + 1, unit: unit)
        worker.prepareRooms(row: row, at: point + 1, slack: worst)
      }
      var count = worker.listInputs(row: row, at: point, weights: weights, room: room, of: layer)
      if let input = part.input { count = worker.keepInput(input, count: count) }
      count = worker.keepOpenSynapses(row: row, layer: part.layer, unit: unit, count: count, room: room)
      if count == 0 { continue }
      worker.examineSynapses(
        first: first + offset, row: row, layer: part.layer, unit: unit, count: count, slack: own())
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
    // Where nothing is proven, all terms count but those that leave a chain as it is.
    var count = 0
    for input in 0..<layer.inputs where weights[input] != 0 && inputs[input] != 0 {
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
    var largest: Float = 0
    for unit in 0..<layer.units {
      let own = layer.weights.pointer + unit * layer.inputs
      largest = max(largest, kernels.magnitudes(own, own, layer.inputs).sum)
    }
    largestSum = largest * (1 + Float(length) * 0x1p-22)
    largestBias = Magnitude.largest(layer.bias.pointer, count: layer.units)
    slope = layer.activation.lipschitzConstant
    chain = Float(2 * StepErrors.chain(terms: layer.inputs, kernels: kernels) * 1.01)
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
