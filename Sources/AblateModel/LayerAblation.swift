import AblateRuntime

/// A mask's changes to one layer, in the form a run applies them: looked up once, not per row.
final class LayerAblation {
  /// Units that take the same value in every row.
  private var fixed: [(unit: Int, value: Float)] = []
  private var resampled: [(unit: Int, source: Resampling)] = []
  private var dead: [Int] = []
  /// Units with ablated synapses, and their weights without these.
  private(set) var rewired: [Int] = []
  private var rewiredWeights: PackedLayer?
  private let number: Int
  private let layer: Layer

  /// nil if the mask leaves the layer as it is.
  init?(mask: Mask, layer: Int) throws(AblateError) {
    let model = mask.model
    number = layer
    self.layer = model.layers[layer]
    let bytes = try mask.bytes(layer: layer)
    for unit in bytes.indices where bytes[unit] != 0 {
      replace(unit, of: model, mask.replacement(layer: layer, unit: unit))
    }
    if let synapses = mask.synapses(layer: layer), synapses.count > 0 {
      try rewire(model.layers[layer], without: synapses, kernels: model.kernels)
    }
    if fixed.isEmpty && resampled.isEmpty && rewired.isEmpty { return nil }
  }

  /// Of units that exist, each once, with a replacement of the model.
  init(layer: Int, units: [Int], of model: Model, _ replacement: Replacement) {
    number = layer
    self.layer = model.layers[layer]
    for unit in units { replace(unit, of: model, replacement) }
  }

  private func replace(_ unit: Int, of model: Model, _ replacement: Replacement) {
    if case .dead = replacement { dead.append(unit) }
    switch replacement.value(model: model, layer: number, unit: unit) {
    case .fixed(let value): fixed.append((unit, value))
    case .resampled(let source): resampled.append((unit, source))
    }
  }

  private func rewire(_ layer: Layer, without synapses: BitMatrix, kernels: KernelTable) throws(AblateError) {
    for unit in 0..<layer.units where !synapses.isEmpty(row: unit) { rewired.append(unit) }
    if let convolution = layer.convolution {
      // All units, as a group has no weights of its own.
      let (weights, bias) = try parameters(Array(0..<layer.units), without: synapses)
      rewiredWeights = .convolution(
        try PackedConvolution(
          kernels: kernels, weights: weights.pointer, bias: bias.pointer, geometry: convolution.geometry,
          groups: convolution.groups, units: layer.units, inputs: layer.inputs))
    } else {
      let (weights, bias) = try parameters(rewired, without: synapses)
      rewiredWeights = .dense(
        try PackedMatrix(
          kernels: kernels, weights: weights.pointer, unitStride: layer.inputs, inputStride: 1, bias: bias.pointer,
          units: rewired.count, inputs: layer.inputs))
    }
  }

  /// Weights of some units, in the order of the layer's own, and their bias.
  private func parameters(
    _ units: [Int], without synapses: BitMatrix
  ) throws(AblateError) -> (weights: Buffer<Float>, bias: Buffer<Float>) {
    let weights = try Buffer<Float>(rows: units.count, columns: layer.weightsPerUnit)
    let bias = try Buffer<Float>(count: units.count)
    for (index, unit) in units.enumerated() {
      bias.pointer[index] = layer.bias.pointer[unit]
      for weight in 0..<layer.weightsPerUnit
      where !synapses.contains(row: unit, column: weight % layer.inputs) {
        weights.pointer[index * layer.weightsPerUnit + weight] =
          layer.weights.pointer[unit * layer.weightsPerUnit + weight]
      }
    }
    return (weights, bias)
  }

  /// The units and what takes the place of their activations; nil if that depends on the row, or if synapses are ablated.
  var fixedUnits: [(unit: Int, value: Float)]? { resampled.isEmpty && rewired.isEmpty ? fixed : nil }

  /// How many floats of scratch memory `apply` needs for a number of rows.
  func scratchCount(rows: Int) -> Int {
    if rewired.isEmpty { return 0 }
    return layer.convolution == nil ? rows * RowStride.padded(rewired.count) : RowStride.padded(layer.shape.count)
  }

  /// Changes the activations `c` of rows firstRow ..< firstRow + rows of the run, whose inputs are `a`.
  func apply(
    inputs a: UnsafePointer<Float>, stride aStride: Int, activations c: UnsafeMutablePointer<Float>,
    stride cStride: Int, rows: Int, firstRow: Int, scratch: UnsafeMutablePointer<Float>
  ) {
    recompute(a, aStride, c, cStride, rows, layer.activation, scratch)
    let units = layer.units
    for row in 0..<rows {
      for position in 0..<layer.positions {
        let values = c + row * cStride + position * units
        for (unit, value) in fixed { values[unit] = value }
        for (unit, source) in resampled {
          values[unit] = source.activation(layer: number, unit: unit, position: position, row: firstRow + row)
        }
      }
    }
  }

  /// The same for pre-activations: ablated synapses and dead units show, other replacements act behind this point.
  func applyBeforeActivation(
    inputs a: UnsafePointer<Float>, stride aStride: Int, values c: UnsafeMutablePointer<Float>, stride cStride: Int,
    rows: Int, scratch: UnsafeMutablePointer<Float>
  ) {
    recompute(a, aStride, c, cStride, rows, .identity, scratch)
    for row in 0..<rows {
      for position in 0..<layer.positions {
        for unit in dead { c[row * cStride + position * layer.units + unit] = 0 }
      }
    }
  }

  private func recompute(
    _ a: UnsafePointer<Float>, _ aStride: Int, _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ rows: Int,
    _ activation: Activation, _ scratch: UnsafeMutablePointer<Float>
  ) {
    guard let rewiredWeights else { return }
    if layer.convolution != nil {
      for row in 0..<rows {
        rewiredWeights.apply(
          a + row * aStride, stride: aStride, into: scratch, stride: 0, rows: 1, activation: activation)
        for position in 0..<layer.positions {
          let first = position * layer.units
          for unit in rewired { c[row * cStride + first + unit] = scratch[first + unit] }
        }
      }
      return
    }
    let stride = RowStride.padded(rewired.count)
    rewiredWeights.apply(a, stride: aStride, into: scratch, stride: stride, rows: rows, activation: activation)
    for row in 0..<rows {
      for (index, unit) in rewired.enumerated() { c[row * cStride + unit] = scratch[row * stride + index] }
    }
  }
}
