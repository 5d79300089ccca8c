import AblateRuntime

/// The steps that are computed together with the convolution in front of them, which nothing else reads: sums, act(conv(x) + y), and
/// poolings, a few rows of the convolution at a time, while these are in the second-level cache.
struct JoinedSteps {
  /// Of each step that is such a sum or pooling, the step of the convolution.
  private(set) var convolutions: [Int?]
  /// Of each step that is such a convolution, the step behind it.
  private(set) var followers: [Int?]

  init(model: Model) {
    let count = model.steps.count
    var readers = Array(repeating: 0, count: count + 1)
    for points in model.sources { for point in points { readers[point] += 1 } }
    convolutions = Array(repeating: nil, count: count)
    followers = Array(repeating: nil, count: count)
    for step in 0..<count {
      guard let convolution = Self.convolution(before: step, in: model), readers[convolution + 1] == 1 else { continue }
      convolutions[step] = convolution
      followers[convolution] = step
    }
  }

  /// The step of the convolution that a step could be computed with.
  private static func convolution(before step: Int, in model: Model) -> Int? {
    guard case .operation(let operation) = model.steps[step],
      // The later one: what else a sum reads is there when it is computed.
      let point = model.sources[step].max(), point > 0, case .convolution(let layer) = model.steps[point - 1]
    else { return nil }
    switch operation.kind {
    case .sum: return model.layers[layer].activation == .identity ? point - 1 : nil
    case .pooling(_, let geometry):
      // It may see the values as another image.
      guard case .convolution(let convolution) = model.layers[layer].packed,
        convolution.geometry.outputHeight == geometry.inputHeight,
        convolution.geometry.outputWidth == geometry.inputWidth
      else { return nil }
      return point - 1
    default: return nil
    }
  }

  /// The points that a step reads when it is computed with its convolution.
  func sources(of step: Int, in model: Model) -> [Int] {
    guard let convolution = convolutions[step] else { return model.sources[step] }
    return model.sources[step] + model.sources[convolution]
  }
}
