import AblateRuntime

/// A mask's changes to one layer, in the form a run applies them: looked up once, not per row.
final class LayerAblation {
  /// Units that take the same value in every row.
  private var fixed: [(unit: Int, value: Float)] = []
  private var resampled: [(unit: Int, source: Resampling)] = []
  private var dead: [Int] = []
  /// Units with ablated synapses, and their weights without these.
  private(set) var rewired: [Int] = []
  private var rewiredWeights: PackedMatrix?
  private let layer: Int
  private let activation: Activation

  /// nil if the mask leaves the layer as it is.
  init?(mask: Mask, layer: Int) throws(AblateError) {
    let model = mask.model
    self.layer = layer
    self.activation = model.layers[layer].activation
    let bytes = try mask.bytes(layer: layer)
    for unit in bytes.indices where bytes[unit] != 0 {
      let replacement = mask.replacement(layer: layer, unit: unit)
      if case .dead = replacement { dead.append(unit) }
      switch replacement.value(model: model, layer: layer, unit: unit) {
      case .fixed(let value): fixed.append((unit, value))
      case .resampled(let source): resampled.append((unit, source))
      }
    }
    if let synapses = mask.synapses(layer: layer), synapses.count > 0 {
      try rewire(model.layers[layer], without: synapses, kernels: model.kernels)
    }
    if fixed.isEmpty && resampled.isEmpty && rewired.isEmpty { return nil }
  }

  private func rewire(_ layer: Layer, without synapses: BitMatrix, kernels: KernelTable) throws(AblateError) {
    for unit in 0..<layer.units where !synapses.isEmpty(row: unit) { rewired.append(unit) }
    let weights = try Buffer<Float>(rows: rewired.count, columns: layer.inputs)
    let bias = try Buffer<Float>(count: rewired.count)
    for (index, unit) in rewired.enumerated() {
      bias.pointer[index] = layer.bias.pointer[unit]
      for input in 0..<layer.inputs where !synapses.contains(row: unit, column: input) {
        weights.pointer[index * layer.inputs + input] = layer.weights.pointer[unit * layer.inputs + input]
      }
    }
    rewiredWeights = try PackedMatrix(
      kernels: kernels, weights: weights.pointer, unitStride: layer.inputs, inputStride: 1, bias: bias.pointer,
      units: rewired.count, inputs: layer.inputs)
  }

  /// The units and what takes the place of their activations; nil if that depends on the row, or if synapses are ablated.
  var fixedUnits: [(unit: Int, value: Float)]? { resampled.isEmpty && rewired.isEmpty ? fixed : nil }

  /// How many floats of scratch memory `apply` needs for a number of rows.
  func scratchCount(rows: Int) -> Int { rows * RowStride.padded(rewired.count) }

  /// Changes the activations `c` of rows firstRow ..< firstRow + rows of the run, whose inputs are `a`.
  func apply(
    inputs a: UnsafePointer<Float>, stride aStride: Int, activations c: UnsafeMutablePointer<Float>,
    stride cStride: Int, rows: Int, firstRow: Int, scratch: UnsafeMutablePointer<Float>
  ) {
    recompute(a, aStride, c, cStride, rows, activation, scratch)
    for row in 0..<rows {
      for (unit, value) in fixed { c[row * cStride + unit] = value }
      for (unit, source) in resampled {
        c[row * cStride + unit] = source.activation(layer: layer, unit: unit, row: firstRow + row)
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
      for unit in dead { c[row * cStride + unit] = 0 }
    }
  }

  private func recompute(
    _ a: UnsafePointer<Float>, _ aStride: Int, _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ rows: Int,
    _ activation: Activation, _ scratch: UnsafeMutablePointer<Float>
  ) {
    guard let rewiredWeights else { return }
    let stride = RowStride.padded(rewired.count)
    rewiredWeights.multiply(a, stride: aStride, into: scratch, stride: stride, rows: rows, activation: activation)
    for row in 0..<rows {
      for (index, unit) in rewired.enumerated() { c[row * cStride + unit] = scratch[row * stride + index] }
    }
  }
}

/// A mask in the form a run applies it. Later changes of the mask do not show.
public final class ResolvedMask {
  let layers: [LayerAblation?]

  public init(_ mask: Mask) throws(AblateError) {
    var layers: [LayerAblation?] = []
    for layer in mask.model.layers.indices { layers.append(try LayerAblation(mask: mask, layer: layer)) }
    self.layers = layers
  }

  /// The first layer that it changes; nil if it changes none.
  package var firstLayer: Int? { layers.firstIndex { $0 != nil } }

  /// What it replaces in each layer; nil if that depends on the row, or if synapses are ablated.
  package var fixedUnits: [(layer: Int, units: [(unit: Int, value: Float)])]? {
    var result: [(layer: Int, units: [(unit: Int, value: Float)])] = []
    for (layer, ablation) in layers.enumerated() {
      guard let ablation else { continue }
      guard let units = ablation.fixedUnits else { return nil }
      result.append((layer, units))
    }
    return result
  }

  func scratchCount(rows: Int) -> Int { layers.reduce(0) { max($0, $1?.scratchCount(rows: rows) ?? 0) } }
}
