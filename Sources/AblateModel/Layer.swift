import AblateRuntime

/// A layer: activation(W x + b). Its units are the neurons of a dense layer, the output channels of a convolution.
public final class Layer: Sendable {
  /// From the model file or the builder; empty if it has none.
  public let name: String
  public let units: Int
  /// Values, or channels, that each unit reads.
  public let inputs: Int
  public let activation: Activation
  /// The activation of a unit whose incoming weights and bias are 0.
  public let activationAtZero: Float
  /// nil for a dense layer.
  public let convolution: Convolution?

  /// [units, inputs], row-major; of a convolution [units, kernel height, kernel width, inputs].
  package let weights: Buffer<Float>
  /// [units]
  package let bias: Buffer<Float>
  package let packed: PackedLayer

  /// - Parameter weights: as the property; those below the smallest normal number become 0.
  init(
    name: String, units: Int, inputs: Int, convolution: Convolution? = nil, activation: Activation,
    weights: Buffer<Float>, bias: Buffer<Float>, kernels: KernelTable
  ) throws(AblateError) {
    self.name = name
    self.units = units
    self.inputs = inputs
    self.convolution = convolution
    self.activation = activation
    Self.flushSubnormals(weights)
    self.weights = weights
    self.bias = bias
    packed = try Self.packed(convolution, units: units, inputs: inputs, weights, bias, kernels)
    var value: Float = 0
    withUnsafeMutablePointer(to: &value) { kernels.activate(activation, $0, $0, 1) }
    self.activationAtZero = value
  }

  /// Weights decay that far where inputs are always 0 or units dead. Many processors take tens of times as long over a product with one,
  /// and with inputs near 1 it is lost in the rounding of any sum above 1e-30.
  private static func flushSubnormals(_ weights: Buffer<Float>) {
    for index in 0..<weights.count where weights.pointer[index].isSubnormal { weights.pointer[index] = 0 }
  }

  private static func packed(
    _ convolution: Convolution?, units: Int, inputs: Int, _ weights: Buffer<Float>, _ bias: Buffer<Float>,
    _ kernels: KernelTable
  ) throws(AblateError) -> PackedLayer {
    if let convolution {
      return .convolution(
        try PackedConvolution(
          kernels: kernels, weights: weights.pointer, bias: bias.pointer, geometry: convolution.geometry,
          groups: convolution.groups, units: units, inputs: inputs))
    }
    return .dense(
      try PackedMatrix(
        kernels: kernels, weights: weights.pointer, unitStride: inputs, inputStride: 1, bias: bias.pointer,
        units: units,
        inputs: inputs))
  }

  /// Weights by which a unit reads each of its inputs: 1 in a dense layer.
  public var taps: Int { convolution?.geometry.taps ?? 1 }

  /// Parts that its units and what they read fall into: 1 in a dense layer.
  public var groups: Int { convolution?.groups ?? 1 }

  /// The part of a unit.
  package func group(ofUnit unit: Int) -> Int { unit / (units / groups) }

  /// Positions at which each unit has a value: 1 in a dense layer.
  public var positions: Int { convolution?.geometry.outputPositions ?? 1 }

  /// The axes of its values.
  public var shape: ValueShape {
    guard let geometry = convolution?.geometry else { return .flat(units) }
    return ValueShape(height: geometry.outputHeight, width: geometry.outputWidth, channels: units)
  }

  public var weightsPerUnit: Int { taps * inputs }

  /// Whether each unit reads one channel, which no other does.
  package var unitsReadChannelsOfTheirOwn: Bool { inputs == 1 && groups == units }

  public var parameterCount: Int { units * weightsPerUnit + units }

  /// Multiplications per row.
  public var multiplyAdds: Int { positions * units * weightsPerUnit }

  /// As `weights`; valid while the layer lives.
  public var weightValues: UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(start: weights.pointer, count: units * weightsPerUnit)
  }

  /// Those of the channel's group.
  package func units(reading channel: Int) -> Range<Int> {
    let each = units / groups
    let group = channel / inputs
    return group * each..<(group + 1) * each
  }

  /// What errors put behind its number: nothing for a layer without a name.
  package var quotedName: ErrorText { name.isEmpty ? "" : " '\(name)'" }

  /// Writes the weights as [units, inputs], of a convolution as [units, inputs, kernel height, kernel width].
  public func copyWeights(into out: UnsafeMutablePointer<Float>) {
    let image = ValueShape(height: 1, width: taps, channels: inputs)
    for unit in 0..<units {
      image.copyChannelsFirst(weights.pointer + unit * weightsPerUnit, into: out + unit * weightsPerUnit)
    }
  }

  /// [units]; valid while the layer lives.
  public var biasValues: UnsafeBufferPointer<Float> { UnsafeBufferPointer(start: bias.pointer, count: units) }
}
