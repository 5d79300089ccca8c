import AblateRuntime

extension Model {
  /// The model behind a hidden layer of the chain that the model ends in. Its input are the activations of that layer; it shares all
  /// weights.
  package func suffix(behindLayer layer: Int) -> Model {
    let removed = layer + 1
    let steps = self.steps[steps(behindLayer: layer)].map { step in
      if case .dense(let index) = step { return Step.dense(layer: index - removed) }
      return step
    }
    let units = layers[layer].units
    return Model(
      inputShape: [units], steps: steps, sources: steps.indices.map { [$0] },
      shapes: [.flat(units)] + shapes[(stepOfLayer[layer] + 2)...], layers: Array(layers[removed...]), head: head,
      classLabels: classLabels, kernels: kernels)
  }
}
