import AblateModel
import AblateRuntime

/// Units of a layer in front of the chain that the model ends in, each without one of its inputs: some at once, as if they were the units
/// of one convolution.
///
/// Each value is the chain of a masked run, in which the weights from the input are 0, too.
final class SlicedUnits {
  private let capacity: Int
  /// [capacity, weights of a unit]
  private let weights: Buffer<Float>
  private let packed: Buffer<Float>
  private let bias: Buffer<Float>
  private let packedBias: Buffer<Float>
  private let units: Buffer<Int>
  private(set) var count = 0
  /// [positions, count]: of the row that ran last.
  let values: Buffer<Float>
  /// [count]: room for what pooling makes of them.
  let pooled: Buffer<Float>

  /// Room for some layers.
  init(model: Model, layers: [Int]) throws(AblateError) {
    var terms = 1
    var positions = 1
    for layer in layers {
      terms = max(terms, model.layers[layer].weightsPerUnit)
      positions = max(positions, model.layers[layer].positions)
    }
    capacity = max(1, min(Self.most, Self.mostFloats / max(terms, positions)))
    weights = try Buffer(rows: capacity, columns: terms)
    packed = try Buffer(count: model.kernels.packedCount(terms, capacity))
    bias = try Buffer(count: capacity)
    packedBias = try Buffer(count: model.kernels.packedBiasCount(capacity))
    units = try Buffer(count: capacity)
    values = try Buffer(rows: positions, columns: capacity)
    pooled = try Buffer(count: capacity)
  }

  /// As many as share what a convolution does once for all its units.
  private static let most = 64
  /// Of maps: a thread's memory stays small.
  private static let mostFloats = 4 << 20

  /// Which unit each one is.
  func unit(_ index: Int) -> Int { units.pointer[index] }

  /// The first of some synapses: as many as there is room for, of one group of the layer.
  func fitting(_ synapses: Range<Int>, _ layer: Layer, unit: (Int) -> Int) -> Range<Int> {
    let group = layer.group(ofUnit: unit(synapses.lowerBound))
    let fitting = synapses.prefix(capacity)
    return fitting.lowerBound..<(fitting.first { layer.group(ofUnit: unit($0)) != group } ?? fitting.upperBound)
  }

  /// Takes synapses that fit.
  func pack(_ synapses: Range<Int>, _ layer: Layer, kernels: KernelTable, synapse: (Int) -> (unit: Int, input: Int)) {
    let terms = layer.weightsPerUnit
    count = 0
    for index in synapses {
      let (unit, input) = synapse(index)
      let own = weights.pointer + count * terms
      own.copy(from: layer.weights.pointer + unit * terms, count: terms)
      for tap in 0..<layer.taps { own[tap * layer.inputs + input] = 0 }
      bias.pointer[count] = layer.bias.pointer[unit]
      units.pointer[count] = unit
      count += 1
    }
    kernels.pack(weights.pointer, terms, 1, bias.pointer, terms, count, packed.pointer, packedBias.pointer)
  }

  /// Computes the values of a row from those that the layer reads.
  func run(_ layer: Layer, _ x: UnsafePointer<Float>, kernels: KernelTable) {
    let geometry =
      layer.convolution?.geometry
      ?? WindowGeometry(
        inputHeight: 1, inputWidth: 1, kernelHeight: 1, kernelWidth: 1, outputHeight: 1, outputWidth: 1)
    kernels.convolve(
      packed.pointer, packedBias.pointer, geometry, layer.inputs, count,
      x + layer.group(ofUnit: units.pointer[0]) * layer.inputs, layer.inputs * layer.groups, values.pointer, count,
      0..<geometry.outputHeight, layer.activation, nil)
  }
}
