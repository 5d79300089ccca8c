import AblateRuntime

/// Steps like those of another model, which have been checked there.
extension ModelBuilder {
  /// - Parameter weights: as `Layer.weights`, of `units` that read `inputs` in each of `groups`.
  package mutating func add(
    like layer: Layer, units: Int, inputs: Int, groups: Int, weights: Buffer<Float>, bias: Buffer<Float>,
    from source: Int
  ) throws(AblateError) {
    let convolution = layer.convolution.map { Convolution(geometry: $0.geometry, groups: groups) }
    let smaller = try Layer(
      name: layer.name, units: units, inputs: inputs, convolution: convolution, activation: layer.activation,
      weights: weights, bias: bias, kernels: kernels)
    add(smaller, from: source)
  }

  package mutating func add(_ affine: AffineStep, from source: Int) { add(.affine(affine), [source], shapes[source]) }

  package mutating func add(_ operation: Operation, from sources: [Int]) {
    add(.operation(operation), sources, operation.shape)
  }
}

extension AffineStep {
  /// The same for some of its values, or channels.
  package func keeping(_ kept: [Int]) throws(AblateError) -> AffineStep {
    func taken(_ values: Buffer<Float>) throws(AblateError) -> Buffer<Float> {
      let taken = try Buffer<Float>(count: kept.count)
      for (place, value) in kept.enumerated() { taken.pointer[place] = values.pointer[value] }
      return taken
    }
    return AffineStep(
      name: name, width: kept.count, positions: positions, center: try taken(center), scale: try taken(scale),
      shift: try taken(shift), parameterCount: parameterCount / width * kept.count)
  }
}
