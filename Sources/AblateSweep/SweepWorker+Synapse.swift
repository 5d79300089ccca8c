import AblateModel
import AblateRuntime

extension SweepWorker {
  /// Finds the outcome of a row with a synapse ablated.
  ///
  /// - Parameters:
  ///   - change: what the pre-activation loses, with its sign: - x w.
  ///   - slack: what rounding of the two chains can do to a lead.
  func examineSynapse(item: Int, row: Int, layer: Int, unit: Int, input: Int, change: Float, slack: Float) {
    let step = model.stepOfLayer[layer]
    let point = step + 1
    if certificate == nil {
      let exact = withoutSynapse(row: row, at: point, unit: unit, input: input)
      if exact.value != block.values(row, at: point)[unit] { examine(item: item, row: row, at: point, exact) }
      return
    }
    var value = block.preActivations(row, ofStep: step)[unit] + change
    activate(&value, model.layers[layer].activation)
    let near = Change(unit: unit, value: value, synapse: input, slack: slack)
    if !isProven(row: row, at: point, near) { examine(item: item, row: row, at: point, near) }
  }

  /// The value of a unit at the point behind its layer, computed without one of its inputs as a masked run does.
  func withoutSynapse(row: Int, at point: Int, unit: Int, input: Int) -> Change {
    guard case .dense(let index) = model.steps[point - 1] else { return Change(unit: unit, value: .nan) }
    let layer = model.layers[index]
    var value = kernels.chain(
      block.values(row, at: point - 1), layer.weights.pointer + unit * layer.inputs, layer.bias.pointer[unit],
      layer.inputs, input)
    activate(&value, layer.activation)
    return Change(unit: unit, value: value)
  }

  private func activate(_ value: inout Float, _ activation: Activation) {
    withUnsafeMutablePointer(to: &value) { kernels.activate(activation, $0, $0, 1) }
  }
}
