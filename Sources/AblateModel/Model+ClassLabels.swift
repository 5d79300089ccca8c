import AblateRuntime

extension Model {
  /// The same model with other class labels; it shares all weights.
  public func with(classLabels labels: [String]) throws(AblateError) -> Model {
    try Self.require(classLabels: labels, count: probabilityWidth)
    return Model(
      inputShape: inputShape, steps: steps, sources: sources, shapes: shapes, layers: layers, head: head,
      classLabels: labels, kernels: kernels, crews: crews)
  }

  /// - Throws: `invalidArgument` if there are others than `count`.
  static func require(classLabels labels: [String], count: Int) throws(AblateError) {
    guard labels.count == count else {
      throw AblateError(.invalidArgument, "\(labels.count) class labels were given for \(count) classes")
    }
  }
}
