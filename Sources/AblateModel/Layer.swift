import AblateRuntime

/// A dense layer: activation(W x + b). Its units are the neurons.
public final class Layer: Sendable {
  /// From the model file or the builder; empty if it has none.
  public let name: String
  public let units: Int
  /// Incoming weights of each unit.
  public let inputs: Int
  public let activation: Activation
  /// The activation of a unit whose incoming weights and bias are 0.
  public let activationAtZero: Float

  /// [units, inputs], row-major.
  package let weights: Buffer<Float>
  /// [units]
  package let bias: Buffer<Float>
  package let packed: PackedMatrix

  init(
    name: String, units: Int, inputs: Int, activation: Activation, weights: Buffer<Float>, bias: Buffer<Float>,
    kernels: KernelTable
  ) throws(AblateError) {
    self.name = name
    self.units = units
    self.inputs = inputs
    self.activation = activation
    self.weights = weights
    self.bias = bias
    self.packed = try PackedMatrix(
      kernels: kernels, weights: weights.pointer, unitStride: inputs, inputStride: 1, bias: bias.pointer, units: units,
      inputs: inputs)
    var value: Float = 0
    withUnsafeMutablePointer(to: &value) { kernels.activate(activation, $0, $0, 1) }
    self.activationAtZero = value
  }

  public var parameterCount: Int { units * inputs + units }

  /// [units, inputs], row-major; valid while the layer lives.
  public var weightValues: UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(start: weights.pointer, count: units * inputs)
  }

  /// [units]; valid while the layer lives.
  public var biasValues: UnsafeBufferPointer<Float> { UnsafeBufferPointer(start: bias.pointer, count: units) }
}
