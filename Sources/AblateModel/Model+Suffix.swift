import AblateRuntime

extension Model {
  /// The model behind a hidden layer, whose input are the activations of that layer. It shares all weights.
  package func suffix(behindLayer layer: Int) -> Model {
    let removed = layer + 1
    let steps = self.steps[steps(behindLayer: layer)].map { step in
      if case .dense(let index) = step { return Step.dense(layer: index - removed) }
      return step
    }
    let units = layers[layer].units
    return Model(
      inputShape: [units], inputWidth: units, steps: steps, layers: Array(layers[removed...]), head: head,
      classLabels: classLabels, kernels: kernels)
  }
}
