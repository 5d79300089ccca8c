import AblateModel
import AblateRuntime

/// What one input channel adds to the pre-activations of a convolution.
struct ChannelContribution: Sendable {
  let step: Int
  /// Bounds the rounding of the chains, and of the updates that take their place: times the sum of |bias| and all |weight * x|.
  let chain: Double
  private let layer: Layer
  /// Of each channel, its slice of the kernels: a convolution of one channel, without bias.
  private let slices: [PackedConvolution]
  /// With the magnitudes of weights and biases.
  private let magnitudes: PackedConvolution
  /// What takes the largest of some values behind it, and reads nothing else: of their errors, too, the largest one counts.
  private let maxPoolings: [WindowGeometry]
  /// Behind these.
  let point: Int

  /// - Parameters:
  ///   - layer: of the step.
  ///   - geometry: of the layer.
  init(model: Model, step: Int, _ layer: Layer, geometry: WindowGeometry) throws(AblateError) {
    self.step = step
    self.layer = layer
    // Of an intact chain, and of up to two channels' terms.
    chain = StepErrors.chain(terms: layer.weightsPerUnit + 2 * layer.taps, kernels: model.kernels)
    let weights = try Buffer<Float>(count: layer.units * layer.weightsPerUnit)
    let bias = try Buffer<Float>(count: layer.units)
    var slices: [PackedConvolution] = []
    for channel in 0..<layer.inputs * layer.groups {
      let readers = layer.units(reading: channel)
      // Units of other groups do not read the channel.
      weights.pointer.update(repeating: 0, count: layer.units * layer.taps)
      for index in readers.lowerBound * layer.taps..<readers.upperBound * layer.taps {
        weights.pointer[index] = layer.weights.pointer[index * layer.inputs + channel % layer.inputs]
      }
      slices.append(
        try PackedConvolution(
          kernels: model.kernels, weights: weights.pointer, bias: bias.pointer, geometry: geometry, groups: 1,
          units: layer.units, inputs: 1))
    }
    self.slices = slices
    for index in 0..<weights.count { weights.pointer[index] = abs(layer.weights.pointer[index]) }
    for unit in 0..<layer.units { bias.pointer[unit] = abs(layer.bias.pointer[unit]) }
    magnitudes = try PackedConvolution(
      kernels: model.kernels, weights: weights.pointer, bias: bias.pointer, geometry: geometry, groups: layer.groups,
      units: layer.units, inputs: layer.inputs)
    var poolings: [WindowGeometry] = []
    var point = step + 1
    while let reader = model.onlyReader(ofPoint: point), case .operation(let operation) = model.steps[reader],
      case .pooling(.maximum, let geometry) = operation.kind, operation.shape.channels == layer.units
    {
      poolings.append(geometry)
      point = reader + 1
    }
    maxPoolings = poolings
    self.point = point
  }

  /// y[positions, units] = activation(preActivations + what a channel's difference, [input positions], makes of them); without the activation
  /// unless it is the last channel.
  func add(
    channel: Int, _ difference: UnsafePointer<Float>, to preActivations: UnsafePointer<Float>, isLast: Bool,
    into y: UnsafeMutablePointer<Float>
  ) {
    slices[channel].apply(
      difference, into: y, activation: isLast ? layer.activation : Activation(.identity), residual: preActivations,
      part: 0, of: 1)
  }

  /// What rounding can do in one run of a row: Σ reach * error over the values at `point`.
  ///
  /// - Parameters:
  ///   - x: the magnitudes of what the convolution reads.
  ///   - room: twice as many floats as the widest point has, which are overwritten.
  func errors(
    _ x: UnsafePointer<Float>, reach: UnsafePointer<Float>, room: UnsafeMutablePointer<Float>, kernels: KernelTable
  ) -> Double {
    var values = room
    var other = room + layer.positions * layer.units
    magnitudes.apply(
      x, into: values, activation: Activation(.identity), residual: nil, part: 0, of: 1)
    for geometry in maxPoolings {
      kernels.pool(.maximum, geometry, layer.units, values, other, 0..<geometry.outputHeight)
      (values, other) = (other, values)
    }
    let count = layer.units * (maxPoolings.last?.outputPositions ?? layer.positions)
    // The magnitudes are rounded by up to γ themselves; where that is large, nothing is proven.
    return kernels.sums(values, reach: reach, count: count).weighted * chain * (1 + 2 * chain)
      * Double(layer.activation.lipschitzConstant)
  }
}

extension KernelTable {
  /// No less than Σ reach * |x| and Σ |x|.
  func sums(
    _ x: UnsafePointer<Float>, reach: UnsafePointer<Float>, count: Int
  ) -> (weighted: Double, plain: Double) {
    let sums = magnitudes(x, reach, count)
    let rounding = 1 + 0x1p-10 + Double(count) * 0x1p-24
    return (Double(sums.weighted) * rounding, Double(sums.sum) * rounding)
  }
}
