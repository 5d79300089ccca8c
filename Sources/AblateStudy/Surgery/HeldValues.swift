import AblateModel
import AblateRuntime

/// What removed units hold for ever, as it reaches other points of the model: the same in every row, so that a run of any row tells.
final class HeldValues {
  private let surgery: Surgery
  private let executor: Executor

  /// - Throws: `unsupported` for `resample`; `invalidArgument` for a value that is not finite.
  init(_ surgery: Surgery, _ replacement: Replacement) throws(AblateError) {
    let model = surgery.model
    let mask = Mask(model: model)
    try mask.setReplacement(replacement)
    for layer in surgery.layers {
      for unit in surgery.removed[layer] {
        guard case .fixed(let value) = replacement.value(model: model, layer: layer, unit: unit) else {
          throw AblateError(.unsupported, "a removed unit must have the same value in every row: resample has not")
        }
        guard value.isFinite else {
          throw AblateError(
            .invalidArgument, "the replacement of unit \(unit) of layer \(layer) is not finite: it cannot be folded")
        }
        try mask.set(layer: layer, unit: unit, ablated: true)
      }
    }
    self.surgery = surgery
    executor = try Executor(model: model, capacity: 1)
    let resolved = try ResolvedMask(mask)
    try executor.prepare(for: resolved)
    let row = try Buffer<Float>(count: model.inputWidth)
    executor.run(
      steps: 0..<model.steps.count, from: row.pointer, stride: row.count, rows: 1, mask: resolved)
    withExtendedLifetime(row) {}
  }

  /// What the removed channels that a layer reads hold, 0 for those that stay: [channels].
  ///
  /// - Throws: `unsupported` for a value other than 0 that padding makes differ from position to position.
  func constants(_ point: Int, of number: Int) throws(AblateError) -> Buffer<Double> {
    let layer = surgery.model.layers[number]
    let channels = layer.inputs * layer.groups
    let constants = try Buffer<Double>(count: channels)
    if point == 0 { return constants }
    let values = executor.values(ofStep: point - 1).pointer
    for index in 0..<surgery.model.shapes[point].count where surgery.isRemoved(index, at: point) {
      let value = Double(values[index])
      if index < channels { constants.pointer[index] = value }
      // Means of one value may be rounded.
      let first = constants.pointer[index % channels]
      let isPadded = layer.convolution?.geometry.touchesPadding ?? false
      guard value == first || abs(value - first) <= abs(first) * 0x1p-20, !isPadded || value == 0 else {
        throw AblateError(
          .unsupported,
          "what removed units leave to layer \(number)\(layer.quotedName) is not 0 and, by padding, differs from position to position: it cannot be folded"
        )
      }
    }
    return constants
  }
}
