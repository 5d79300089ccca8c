import AblateModel
import AblateRuntime

extension Sensitivity {
  /// The classes a model chooses between; a binary head compares its score with 0.
  ///
  /// - Parameter isPairwise: a row for each (class, rival), in that order, instead of one for each class.
  static func ofScores(_ model: Model, isPairwise: Bool) throws(AblateError) -> Sensitivity {
    let classes = model.classCount
    let result = try Sensitivity(width: model.outputWidth, classes: classes, isPairwise: isPairwise)
    for score in 0..<model.outputWidth { result.reach.pointer[score] = 1 }
    for chosen in 0..<classes {
      for rival in 0..<classes where rival != chosen {
        let row = isPairwise ? chosen * classes + rival : chosen
        if model.head == .binary {
          (chosen == 1 ? result.decline(row) : result.growth(row))[0] = 1
        } else {
          result.decline(row)[chosen] = 1
          result.growth(row)[rival] = 1
        }
      }
    }
    return result
  }

  /// The bounds at the inputs of the output layer. Without an activation function behind them its weights are compared class by class,
  /// which is exact: a change d of input i moves the lead of p over c by d (W_pi - W_ci).
  static func ofLastInputs(_ model: Model, isPairwise: Bool) throws(AblateError) -> Sensitivity {
    let layer = model.layers[model.outputLayer]
    let scores = try ofScores(model, isPairwise: isPairwise)
    scores.passBack(through: layer.activation)
    if layer.activation.kind != .identity || model.head == .binary {
      let result = try scores.passedBack(through: layer, kernels: model.kernels)
      if model.head != .binary { result.setReach(of: layer) }
      return result
    }
    let result = try Sensitivity(width: layer.inputs, classes: model.classCount, isPairwise: isPairwise)
    if isPairwise { result.compare(layer) } else { result.compareWithWorst(layer) }
    result.setReach(of: layer)
    result.inflate(by: 0x1p-20)
    return result
  }

  /// For pairs, from the weights of each class and rival.
  @_optimize(speed)
  private func compare(_ layer: Layer) {
    for row in 0..<rows {
      let chosen = layer.weights.pointer + row / classes * layer.inputs
      let rival = layer.weights.pointer + row % classes * layer.inputs
      let target = growth(row)
      for input in 0..<width { target[input] = max(0, rival[input] - chosen[input]) }
    }
  }

  /// For classes, from the weights of each and the least and largest of all.
  private func compareWithWorst(_ layer: Layer) {
    for input in 0..<width {
      func weight(_ unit: Int) -> Float { layer.weights.pointer[unit * layer.inputs + input] }
      var least = Float.infinity
      var most = -Float.infinity
      for unit in 0..<classes {
        least = min(least, weight(unit))
        most = max(most, weight(unit))
      }
      for chosen in 0..<classes {
        growth(chosen)[input] = most - weight(chosen)
        decline(chosen)[input] = weight(chosen) - least
      }
    }
  }

  /// Of the scores, the one that moves most.
  private func setReach(of layer: Layer) {
    for input in 0..<width {
      var most: Float = 0
      for unit in 0..<layer.units { most = max(most, abs(layer.weights.pointer[unit * layer.inputs + input])) }
      reach.pointer[input] = most * layer.activation.lipschitzConstant * (1 + 0x1p-20)
    }
  }

  /// From a row per pair of classes to one per class, with its worst rival.
  @_optimize(speed)
  func worstRivals() throws(AblateError) -> Sensitivity {
    let result = try Sensitivity(width: width, classes: classes, isPairwise: false)
    result.reach.pointer.copy(from: reach.pointer, count: stride)
    for row in 0..<rows {
      let chosen = row / classes
      for (target, source) in [(result.growth(chosen), growth(row)), (result.decline(chosen), decline(row))] {
        for column in 0..<width { target[column] = max(target[column], source[column]) }
      }
    }
    return result
  }
}
