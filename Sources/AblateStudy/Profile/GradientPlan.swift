import AblateModel
import AblateRuntime

/// What the threads of a profile need for gradients: the weights behind its layers by input.
final class GradientPlan: Sendable {
  let model: Model
  /// Of each step, its place in the list of layers, if it has one.
  let placeOfStep: [Int?]
  /// The first step whose gradient is asked for.
  let first: Int
  /// Of each dense step behind it.
  let transposed: [PackedMatrix?]

  init(model: Model, layers: [Int]) throws(AblateError) {
    self.model = model
    var places: [Int?] = Array(repeating: nil, count: model.steps.count)
    var first = model.steps.count - 1
    for (place, layer) in layers.enumerated() {
      places[model.stepOfLayer[layer]] = place
      first = min(first, model.stepOfLayer[layer])
    }
    placeOfStep = places
    self.first = first
    var transposed: [PackedMatrix?] = Array(repeating: nil, count: model.steps.count)
    for step in first + 1..<max(first + 1, model.steps.count) {
      guard case .dense(let index) = model.steps[step] else { continue }
      let layer = model.layers[index]
      transposed[step] = try PackedMatrix(
        kernels: model.kernels, weights: layer.weights.pointer, unitStride: 1, inputStride: layer.inputs, bias: nil,
        units: layer.inputs, inputs: layer.units)
    }
    self.transposed = transposed
  }

  /// Makes an executor keep what the derivatives need.
  func prepare(_ executor: Executor) throws(AblateError) {
    for step in first + 1..<max(first + 1, model.steps.count) {
      if case .dense(let index) = model.steps[step], !model.layers[index].activation.derivativeIsOfValue {
        try executor.keepPreActivations(ofStep: step)
      }
    }
  }
}
