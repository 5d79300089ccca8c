import AblateRuntime

extension Executor {
  /// Whether a convolution is left to the step behind it: not if its own values are asked for, or changed.
  func isLeftToFollower(_ convolution: Int, _ run: StepRun) -> Bool {
    joined[ofConvolution: convolution].map { canJoin($0, run) } ?? false
  }

  /// The convolution that a step is to be computed with.
  func joined(behind step: Int, _ run: StepRun) -> JoinedStep? {
    guard let joined = joined[behind: step], canJoin(joined, run) else { return nil }
    return joined
  }

  private func canJoin(_ joined: JoinedStep, _ run: StepRun) -> Bool {
    // A restart may have been given what the convolution computes.
    guard case .ofLastStep = kept, run.restart == nil, run.steps.contains(joined.convolution),
      run.steps.contains(joined.follower)
    else { return false }
    // The threads of a team would read what others have not computed.
    if case .pooling = joined.work, team != nil { return false }
    return run.mask?.layers[joined.layer] == nil
  }

  func run(_ joined: JoinedStep, _ run: StepRun, into target: (pointer: UnsafeMutablePointer<Float>, stride: Int)) {
    let source = values(ofPoint: model.sources[joined.convolution][0], run)
    switch joined.work {
    case .sum(let residual, let activation):
      joined.packed.apply(
        source.pointer, stride: source.stride, into: target.pointer, stride: target.stride, rows: run.rows,
        activation: activation, residual: values(ofPoint: residual, run), team: team)
    case .pooling(let pooling, let windows):
      let own = values(ofStep: joined.convolution)
      for row in 0..<run.rows {
        joined.packed.apply(
          source.pointer + row * source.stride, into: own.pointer + row * own.stride,
          activation: model.layers[joined.layer].activation, pooling, windows,
          into: target.pointer + row * target.stride)
      }
    }
  }
}
