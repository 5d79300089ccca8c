import AblateModel
import AblateRuntime

/// What the threads of a profile need for gradients: where they go, and the weights on the way by input.
final class GradientPlan: Sendable {
  let model: Model
  /// Of each step, its place in the list of layers, if it has one.
  let placeOfStep: [Int?]
  /// Of each point, whether its values are those of a layer of the list, or depend on them.
  let isReached: [Bool]
  /// Of each layer through which gradients go, at its step.
  let transposed: [TransposedLayer?]

  init(model: Model, layers: [Int]) throws(AblateError) {
    self.model = model
    var places: [Int?] = Array(repeating: nil, count: model.steps.count)
    for (place, layer) in layers.enumerated() { places[model.stepOfLayer[layer]] = place }
    var isReached = Array(repeating: false, count: model.steps.count + 1)
    var transposed: [TransposedLayer?] = Array(repeating: nil, count: model.steps.count)
    for (step, sources) in model.sources.enumerated() {
      let isBehind = sources.contains { isReached[$0] }
      isReached[step + 1] = isBehind || places[step] != nil
      switch model.steps[step] {
      case .dense(let layer) where isBehind, .convolution(let layer) where isBehind:
        transposed[step] = try TransposedLayer(model.layers[layer], kernels: model.kernels)
      default: break
      }
    }
    placeOfStep = places
    self.isReached = isReached
    self.transposed = transposed
  }

  /// Makes an executor keep what the derivatives need.
  func prepare(_ executor: Executor) throws(AblateError) {
    for (step, layer) in transposed.enumerated() {
      if let layer, !layer.layer.activation.derivativeIsOfValue { try executor.keepPreActivations(ofStep: step) }
    }
  }
}
