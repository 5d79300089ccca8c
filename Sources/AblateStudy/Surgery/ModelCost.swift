import AblateModel

/// What a model takes to store and to run.
public struct ModelCost: Equatable, Sendable {
  /// Weights and biases of all steps.
  public let parameters: Int64
  /// Of a row: one for each weight of a dense step, one for each weight and position of a convolution,
  /// one for each value of a scaling.
  public let multiplyAdds: Int64
  /// Of the parameters as float32.
  public var bytes: Int64 { parameters &* 4 }

  public init(_ model: Model) {
    parameters = Int64(model.parameterCount)
    var sum = 0
    for step in model.steps {
      switch step {
      case .dense(let layer), .convolution(let layer): sum += model.layers[layer].multiplyAdds
      case .affine(let affine): sum += affine.width * affine.positions
      case .activation, .operation: break
      }
    }
    multiplyAdds = Int64(sum)
  }
}
