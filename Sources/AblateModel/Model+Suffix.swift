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
      classLabels: classLabels, kernels: kernels, crews: crews)
  }

  /// The same model fed some of its inputs only, `kept`, ascending: it computes what this one does where the others are 0, but for the
  /// signs of zeros. For models whose steps are a chain; nil if its first step is not dense.
  package func keepingInputs(_ kept: [Int]) throws(AblateError) -> Model? {
    guard case .dense(let index) = steps.first, index == 0, let first = layers.first else { return nil }
    let weights = try Buffer<Float>(rows: first.units, columns: kept.count)
    for unit in 0..<first.units {
      for (place, input) in kept.enumerated() {
        weights.pointer[unit * kept.count + place] = first.weights.pointer[unit * first.inputs + input]
      }
    }
    let narrow = try Layer(
      name: first.name, units: first.units, inputs: kept.count, activation: first.activation, weights: weights,
      bias: first.bias, kernels: kernels)
    var layers = layers
    layers[0] = narrow
    var shapes = shapes
    shapes[0] = .flat(kept.count)
    return Model(
      inputShape: [kept.count], steps: steps, sources: sources, shapes: shapes, layers: layers, head: head,
      classLabels: classLabels, kernels: kernels, crews: crews)
  }
}
