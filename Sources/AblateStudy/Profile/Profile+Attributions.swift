import AblateModel
import AblateRuntime

extension Profile {
  /// What each unit of the last hidden layer adds to the score of each class, in the mean over the rows of that class: mean activation *
  /// weight, [units, classes]. Of a binary head, class 0 has the opposite of the one score.
  ///
  /// - Throws: `unsupported` where scores are not linear in the activations of the layer.
  public func copyAttributions(layer: Int, to out: UnsafeMutablePointer<Double>) throws(AblateError) {
    let place = try place(ofLayer: layer)
    try require(.classMeans, "class means")
    let units = tallies[place].units
    guard layer + 1 == model.outputLayer, let output = model.layers.last, output.activation.kind == .identity,
      output.weightsPerUnit == units, output.positions == 1,
      (model.stepOfLayer[layer] + 1...model.stepOfLayer[model.outputLayer]).allSatisfy({ model.sources[$0] == [$0] })
    else {
      throw AblateError(
        .unsupported,
        "attributions are of the last hidden layer, in front of an output layer without activation function")
    }
    var scales = [Double](repeating: 1, count: units)
    for step in model.stepOfLayer[layer] + 1..<model.stepOfLayer[model.outputLayer] {
      switch model.steps[step] {
      case .affine(let affine) where affine.width == units:
        for unit in 0..<units { scales[unit] *= Double(affine.scale.pointer[unit]) }
      case .operation(let operation)
      where operation.isMean(of: model.shapes[step]) && plan.positions == .mean: break
      default:
        throw AblateError(
          .unsupported, "an activation function of its own follows layer \(layer): scores are not linear in it")
      }
    }
    let classes = classRows.count
    for unit in 0..<units {
      for index in 0..<classes {
        let score = output.units == classes ? index : 0
        let sign: Double = output.units != classes && index == 0 ? -1 : 1
        let weight = sign * Double(output.weightValues[score * units + unit])
        out[unit * classes + index] = mean(place, unit, class: index) * scales[unit] * weight
      }
    }
  }
}
