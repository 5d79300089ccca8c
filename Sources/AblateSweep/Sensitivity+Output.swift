import AblateModel
import AblateRuntime

extension Sensitivity {
  /// The classes a model chooses between; a binary head compares its score with 0.
  ///
  /// - Parameter isPairwise: a row for each (class, rival), in that order, instead of one for each class.
  static func ofScores(_ model: Model, isPairwise: Bool) throws(AblateError) -> Sensitivity {
    let classes = model.classCount
    let result = try Sensitivity(width: model.outputWidth, rows: isPairwise ? classes * classes : classes)
    for score in 0..<model.outputWidth { result.reach.pointer[score] = 1 }
    for chosen in 0..<classes {
      for rival in 0..<classes where rival != chosen {
        let row = (isPairwise ? chosen * classes + rival : chosen) * result.stride
        if model.head == .binary {
          (chosen == 1 ? result.lower : result.raise).pointer[row] = 1
        } else {
          result.lower.pointer[row + chosen] = 1
          result.raise.pointer[row + rival] = 1
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
    let classes = model.classCount
    let result = try Sensitivity(width: layer.inputs, rows: scores.rows)
    for input in 0..<layer.inputs {
      func weight(_ unit: Int) -> Float { layer.weights.pointer[unit * layer.inputs + input] }
      if isPairwise {
        for row in 0..<classes * classes {
          let lead = weight(row / classes) - weight(row % classes)
          result.raise.pointer[row * result.stride + input] = max(0, -lead)
          result.lower.pointer[row * result.stride + input] = max(0, lead)
        }
      } else {
        var least = Float.infinity
        var most = -Float.infinity
        for unit in 0..<classes {
          least = min(least, weight(unit))
          most = max(most, weight(unit))
        }
        for chosen in 0..<classes {
          result.raise.pointer[chosen * result.stride + input] = most - weight(chosen)
          result.lower.pointer[chosen * result.stride + input] = weight(chosen) - least
        }
      }
    }
    result.setReach(of: layer)
    result.inflate(by: 0x1p-20)
    return result
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
  func worstRivals(classes: Int) throws(AblateError) -> Sensitivity {
    let result = try Sensitivity(width: width, rows: classes)
    result.reach.pointer.copy(from: reach.pointer, count: stride)
    for row in 0..<rows {
      let target = row / classes * stride
      for column in 0..<width {
        result.raise.pointer[target + column] = max(
          result.raise.pointer[target + column], raise.pointer[row * stride + column])
        result.lower.pointer[target + column] = max(
          result.lower.pointer[target + column], lower.pointer[row * stride + column])
      }
    }
    return result
  }
}
