import AblateRuntime

/// The sums that a convolution can compute together with its own values: act(conv(x) + y), where nothing else reads the convolution.
struct ResidualSums {
  /// Of each step that is such a sum, the step of the convolution.
  private(set) var convolutions: [Int?]
  /// Of each step that is such a convolution, the step of the sum.
  private(set) var sums: [Int?]

  init(model: Model) {
    let count = model.steps.count
    var readers = Array(repeating: 0, count: count + 1)
    for points in model.sources { for point in points { readers[point] += 1 } }
    convolutions = Array(repeating: nil, count: count)
    sums = Array(repeating: nil, count: count)
    for step in 0..<count {
      guard case .operation(let operation) = model.steps[step], case .sum = operation.kind else { continue }
      // The later one: the other is there when it is computed.
      guard let point = model.sources[step].max(), let other = model.sources[step].min(), point != other,
        readers[point] == 1, case .convolution(let layer) = model.steps[point - 1],
        model.layers[layer].activation == .identity
      else { continue }
      convolutions[step] = point - 1
      sums[point - 1] = step
    }
  }

  /// The points that a step reads when sums are computed with their convolutions.
  func sources(of step: Int, in model: Model) -> [Int] {
    guard let convolution = convolutions[step] else { return model.sources[step] }
    return model.sources[step] + model.sources[convolution]
  }
}
