import AblateRuntime

/// A convolution and the only step that reads it, which are computed as one.
struct JoinedStep {
  /// The step of the convolution.
  let convolution: Int
  /// Its layer.
  let layer: Int
  let packed: PackedConvolution
  /// The step behind it.
  let follower: Int
  let work: Work

  /// What the step behind does.
  enum Work {
    /// activation(conv(x) + y), y at another point
    case sum(residual: Int, Activation)
    /// A few rows of the convolution at a time, while these are in the second-level cache.
    case pooling(Pooling, WindowGeometry)
  }

  /// nil for steps that could not be computed with the convolution in front of them.
  fileprivate init?(behind step: Int, in model: Model) {
    guard case .operation(let operation) = model.steps[step],
      // The later one: what else a sum reads is there when it is computed.
      let point = model.sources[step].max(), let other = model.sources[step].min(), point > 0,
      case .convolution(let layer) = model.steps[point - 1],
      case .convolution(let packed) = model.layers[layer].packed
    else { return nil }
    switch operation.kind {
    case .sum(let activation):
      guard model.layers[layer].activation == .identity else { return nil }
      work = .sum(residual: other, activation)
    case .pooling(let pooling, let windows):
      // It may see the values as another image.
      guard packed.geometry.outputHeight == windows.inputHeight, packed.geometry.outputWidth == windows.inputWidth
      else { return nil }
      work = .pooling(pooling, windows)
    default: return nil
    }
    convolution = point - 1
    self.layer = layer
    self.packed = packed
    follower = step
  }
}

/// The steps of a model that are computed together with the convolution in front of them.
struct JoinedSteps {
  private let behind: [JoinedStep?]
  private let ofConvolutions: [JoinedStep?]

  init(model: Model) {
    var readers = Array(repeating: 0, count: model.steps.count + 1)
    for points in model.sources { for point in points { readers[point] += 1 } }
    var behind: [JoinedStep?] = Array(repeating: nil, count: model.steps.count)
    var ofConvolutions = behind
    for step in model.steps.indices {
      guard let joined = JoinedStep(behind: step, in: model), readers[joined.convolution + 1] == 1 else { continue }
      behind[step] = joined
      ofConvolutions[joined.convolution] = joined
    }
    self.behind = behind
    self.ofConvolutions = ofConvolutions
  }

  /// That of which a step is the second.
  subscript(behind step: Int) -> JoinedStep? { behind[step] }

  /// That of which a step is the convolution.
  subscript(ofConvolution step: Int) -> JoinedStep? { ofConvolutions[step] }

  /// The points that a step reads when it is computed with its convolution.
  func sources(of step: Int, in model: Model) -> [Int] {
    guard let joined = behind[step] else { return model.sources[step] }
    return model.sources[step] + model.sources[joined.convolution]
  }
}
