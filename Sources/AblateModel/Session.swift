import AblateRuntime

/// What a run writes. Raw values are those of `ablate_output` in the C header.
public enum Output: Int32, Sendable {
  /// [rows, output width]: the values of the output layer.
  case scores = 0
  /// [rows, probability width].
  case probabilities = 1
  /// What the model file itself computes: [rows, output width], or [rows, 2] for a binary head.
  case model = 2
}

/// Which value of a unit. Raw values are those of `ablate_point` in the C header.
public enum Point: Int32, Sendable {
  case activation = 0
  case preActivation = 1
}

/// A model plus scratch memory and threads. One thread at a time may use it.
public final class Session {
  public let model: Model
  package let runner: RowRunner

  /// - Parameter threads: the caller's included, at most 256; 0 for one per processor.
  public init(model: Model, threads: Int = 0) throws(AblateError) {
    self.model = model
    runner = try RowRunner(model: model, threads: threads, keepsValues: false)
  }

  /// Runs x, [rows, input width], with `mask` and writes `out`, whose width `output` decides.
  public func run(
    _ x: UnsafePointer<Float>, rows: Int, mask: Mask? = nil, output: Output, into out: UnsafeMutablePointer<Float>
  ) throws(AblateError) {
    let width = try model.width(of: output)
    let direct = output == .scores || (output == .model && (model.head == .logits || model.head == .regression))
    let resolved = try resolve(mask)
    let model = model
    try runner.forEachBlock(rows: rows, mask: resolved) { executor, block in
      let target = out + block.lowerBound * width
      executor.run(
        steps: 0..<model.steps.count, from: x + block.lowerBound * model.inputWidth, stride: model.inputWidth,
        rows: block.count, firstRow: block.lowerBound, mask: resolved, into: direct ? (target, width) : nil)
      if direct { return }
      let scores = executor.scores
      let final = output == .probabilities ? model.head.probabilities : model.head.ownOutput
      model.apply(final, to: scores.pointer, stride: scores.stride, rows: block.count, into: target)
    }
  }

  /// The predictions: [rows, prediction width] class indices, or 0 and 1 per label for `multilabel`.
  public func predict(
    _ x: UnsafePointer<Float>, rows: Int, mask: Mask? = nil, into labels: UnsafeMutablePointer<Int32>
  ) throws(AblateError) {
    try model.requirePredictions()
    let resolved = try resolve(mask)
    let model = model
    try runner.forEachBlock(rows: rows, mask: resolved) { executor, block in
      executor.run(
        steps: 0..<model.steps.count, from: x + block.lowerBound * model.inputWidth, stride: model.inputWidth,
        rows: block.count, firstRow: block.lowerBound, mask: resolved)
      let scores = executor.scores
      model.predict(
        scores: scores.pointer, stride: scores.stride, rows: block.count,
        into: labels + block.lowerBound * model.predictionWidth)
    }
  }

  /// The values of a layer: [rows, units], of a convolution [rows, units, height, width].
  public func activations(
    _ x: UnsafePointer<Float>, rows: Int, mask: Mask? = nil, layer: Int, point: Point,
    into out: UnsafeMutablePointer<Float>
  ) throws(AblateError) {
    try model.require(layer: layer)
    let resolved = try resolve(mask)
    let model = model
    let shape = model.layers[layer].shape
    let width = shape.count
    let isImage = shape.positions > 1 && shape.channels > 1
    try runner.forEachBlock(rows: rows, mask: resolved) { executor, block in
      let source = x + block.lowerBound * model.inputWidth
      let own = executor.values(ofLayer: layer)
      let target = isImage ? own.pointer : out + block.lowerBound * width
      let stride = isImage && point == .activation ? own.stride : width
      switch point {
      case .activation:
        executor.run(
          steps: 0..<model.stepOfLayer[layer] + 1, from: source, stride: model.inputWidth, rows: block.count,
          firstRow: block.lowerBound, mask: resolved, into: (target, stride))
      case .preActivation:
        executor.runPreActivations(
          layer: layer, from: source, rows: block.count, firstRow: block.lowerBound, mask: resolved, into: target)
      }
      if !isImage { return }
      for (index, row) in block.enumerated() {
        shape.copyChannelsFirst(target + index * stride, into: out + row * width)
      }
    }
  }

  /// The activations of a layer's units, of a channel summed up over its positions: [rows, units].
  package func unitActivations(
    _ x: UnsafePointer<Float>, rows: Int, layer: Int, positions: PositionSummary,
    into out: UnsafeMutablePointer<Float>
  ) throws(AblateError) {
    try model.require(layer: layer)
    let model = model
    let units = model.layers[layer].units
    try runner.forEachBlock(rows: rows, mask: nil) { executor, block in
      executor.run(
        steps: 0..<model.stepOfLayer[layer] + 1, from: x + block.lowerBound * model.inputWidth,
        stride: model.inputWidth, rows: block.count)
      let values = executor.values(ofLayer: layer)
      positions.apply(
        values.pointer, stride: values.stride, of: model.layers[layer], rows: block.count,
        into: out + block.lowerBound * units, stride: units, kernels: model.kernels)
    }
  }

  private func resolve(_ mask: Mask?) throws(AblateError) -> ResolvedMask? {
    try require(mask)
    return if let mask { try ResolvedMask(mask) } else { nil }
  }

  /// - Throws: `invalidArgument` if the mask is of another model.
  public func require(_ mask: Mask?) throws(AblateError) {
    try model.require(mask)
  }
}
