import AblateRuntime

/// One worker's scratch memory: runs blocks of rows through the steps of a model.
public final class Executor {
  public let model: Model
  /// The most rows of a block.
  public let capacity: Int
  /// The memory of each step: several may share one, see `ValueSlots`.
  private let values: [Buffer<Float>]
  private let strides: [Int]
  let kept: KeptValues
  let joined: JoinedSteps
  /// Threads that share the work of each row, where there are fewer rows than threads.
  var team: ThreadPool?
  /// A copy of the input where its own stride would put the rows of a tile into the same cache sets, or where steps behind the first read
  /// it, so that a restart needs it.
  private let input: Buffer<Float>?
  private let isInputCopied: Bool
  /// What point 0 holds in the run under way, or has been carried to.
  private var inputValues: Values
  private var scratch: Buffer<Float>
  /// Of the layers for which they are kept, at their steps.
  private var preActivations: [Buffer<Float>?]

  /// Values of some rows: [rows, stride].
  package typealias Values = (pointer: UnsafePointer<Float>, stride: Int)

  /// One that keeps the values of all steps after a run.
  public convenience init(model: Model, capacity: Int) throws(AblateError) {
    try self.init(model: model, capacity: capacity, keeping: .ofAllSteps)
  }

  init(model: Model, capacity: Int, keeping kept: KeptValues) throws(AblateError) {
    self.model = model
    self.capacity = capacity
    self.kept = kept
    strides = model.shapes.dropFirst().map { RowStride.padded($0.count) }
    joined = JoinedSteps(model: model)
    let slots = ValueSlots(model: model, keeping: kept, joined: joined)
    var memory: [Buffer<Float>] = []
    for width in slots.widths { memory.append(try Buffer(rows: capacity, columns: width)) }
    values = slots.slots.map { memory[$0] }
    preActivations = Array(repeating: nil, count: model.steps.count)
    let inputStride = RowStride.padded(model.inputWidth)
    let isReadLater = model.sources.dropFirst().contains { $0.contains(0) }
    isInputCopied = model.inputWidth % 256 == 0 && model.chainStart == 0
    input = isInputCopied || isReadLater ? try Buffer(rows: capacity, columns: inputStride) : nil
    scratch = try Buffer(count: 0)
    inputValues = (UnsafePointer(scratch.pointer), inputStride)
  }

  /// Makes room for what a mask needs. Call before `run` with it.
  public func prepare(for mask: ResolvedMask) throws(AblateError) {
    let needed = mask.scratchCount(rows: capacity)
    if needed > scratch.count { scratch = try Buffer(count: needed) }
  }

  /// Makes every run keep the pre-activations of a layer, too, if this step is one.
  package func keepPreActivations(ofStep step: Int) throws(AblateError) {
    guard preActivations[step] == nil, let layer = model.stepOfLayer.firstIndex(of: step) else { return }
    if model.layers[layer].activation != .identity {
      preActivations[step] = try Buffer(rows: capacity, columns: strides[step])
    }
  }

  /// The pre-activations of a layer for which they are kept: [rows, stride].
  package func preActivations(ofStep step: Int) -> (pointer: UnsafeMutablePointer<Float>, stride: Int) {
    (preActivations[step]?.pointer ?? values[step].pointer, strides[step])
  }

  /// Where the values of a step are: [rows, stride].
  public func values(ofStep step: Int) -> (pointer: UnsafeMutablePointer<Float>, stride: Int) {
    (values[step].pointer, strides[step])
  }

  /// The values of a layer after its activation function and after any ablation.
  public func values(ofLayer layer: Int) -> (pointer: UnsafeMutablePointer<Float>, stride: Int) {
    values(ofStep: model.stepOfLayer[layer])
  }

  /// The scores: [rows, stride].
  public var scores: (pointer: UnsafeMutablePointer<Float>, stride: Int) { values(ofStep: model.steps.count - 1) }

  /// Runs some steps on `rows` rows at `x`, which are the values of the point in front of the first of them.
  ///
  /// - Parameters:
  ///   - firstRow: the number of the first row in the whole run, which resampling goes by.
  ///   - destination: where the last step writes, instead of the executor's own memory.
  ///   - restart: what to compute, if the run starts in front of the model's last chain, but not at the input. What else it reads must
  ///     have been carried here.
  public func run(
    steps: Range<Int>, from x: UnsafePointer<Float>, stride: Int, rows: Int, firstRow: Int = 0,
    mask: ResolvedMask? = nil, into destination: (pointer: UnsafeMutablePointer<Float>, stride: Int)? = nil,
    restart: Restart? = nil
  ) {
    if steps.lowerBound == 0, let front = kept.front?.count, front < steps.upperBound, rows > 1 {
      let end = values(ofStep: front - 1)
      for row in 0..<rows {
        run(
          steps: 0..<front, from: x + row * stride, stride: stride, rows: 1, firstRow: firstRow + row, mask: mask,
          into: (end.pointer + row * end.stride, end.stride))
      }
      return run(
        steps: front..<steps.upperBound, from: end.pointer, stride: end.stride, rows: rows, firstRow: firstRow,
        mask: mask, into: destination)
    }
    if steps.lowerBound == 0 { inputValues = inputOffCacheSets(x, stride: stride, rows: rows) }
    let all = StepRun(
      steps: steps, input: (x, stride), rows: rows, firstRow: firstRow, mask: mask, restart: restart)
    for step in steps where restart?.isComputed[step] ?? true {
      if isLeftToFollower(step, all) { continue }
      let own = values(ofStep: step)
      run(step: step, all, into: step == steps.upperBound - 1 ? destination ?? own : own)
    }
  }

  /// Copies the points that a restart reads besides its own: row `row(i)` of another executor becomes row i.
  package func carry(_ restart: Restart, from other: Executor, rows: Int, row: (_ index: Int) -> Int) {
    carry(restart, rows: rows, row: row) { other.values(ofPoint: $0) }
  }

  /// The same with what `values` says that a point holds.
  func carry(
    _ restart: Restart, rows: Int, row: (_ index: Int) -> Int, from values: (_ point: Int) -> Values
  ) {
    for point in restart.carried {
      let source = values(point)
      let width = model.width(ofPoint: point)
      var target = input.map { (pointer: $0.pointer, stride: RowStride.padded(width)) }
      if point > 0 { target = self.values(ofStep: point - 1) }
      guard let target else { continue }
      if point == 0 { inputValues = (UnsafePointer(target.pointer), target.stride) }
      for index in 0..<rows {
        (target.pointer + index * target.stride).copy(from: source.pointer + row(index) * source.stride, count: width)
      }
    }
  }

  /// Where a point's values are in a run.
  func values(ofPoint point: Int, _ run: StepRun) -> Values {
    point == run.steps.lowerBound && point > 0 ? run.input : values(ofPoint: point)
  }

  /// What a point holds in the run under way: [rows, stride].
  package func values(ofPoint point: Int) -> Values {
    if point == 0 { return inputValues }
    let values = values(ofStep: point - 1)
    return (UnsafePointer(values.pointer), values.stride)
  }

  // Copies of it in its callers would be the larger part of them.
  @inline(never)
  private func run(step: Int, _ run: StepRun, into target: (pointer: UnsafeMutablePointer<Float>, stride: Int)) {
    if let joined = joined(behind: step, run) { return self.run(joined, run, into: target) }
    let rows = run.rows
    let source = values(ofPoint: model.sources[step][0], run)
    switch model.steps[step] {
    case .dense(let index), .convolution(let index):
      let layer = model.layers[index]
      if let preActivations = preActivations[step]?.pointer {
        layer.packed.apply(
          source.pointer, stride: source.stride, into: preActivations, stride: strides[step], rows: rows,
          activation: .identity, team: team)
        // Whole vectors, where there is room.
        let count = min(strides[step], target.stride)
        for row in 0..<rows {
          model.kernels.activate(
            layer.activation, preActivations + row * strides[step], target.pointer + row * target.stride, count)
        }
      } else {
        layer.packed.apply(
          source.pointer, stride: source.stride, into: target.pointer, stride: target.stride, rows: rows,
          activation: layer.activation, team: team)
      }
      run.mask?.layers[index]?.apply(
        inputs: source.pointer, stride: source.stride, activations: target.pointer, stride: target.stride, rows: rows,
        firstRow: run.firstRow, scratch: scratch.pointer)
    case .affine(let affine):
      affine.apply(
        source.pointer, stride: source.stride, into: target.pointer, stride: target.stride, rows: rows,
        kernels: model.kernels)
    case .activation(_, let activation, let width):
      for row in 0..<rows {
        model.kernels.activate(
          activation, source.pointer + row * source.stride, target.pointer + row * target.stride, width)
      }
    case .operation(let operation):
      operation.run(
        model.sources[step].map { point in
          let values = values(ofPoint: point, run)
          return Operation.Input(pointer: values.pointer, stride: values.stride, count: model.width(ofPoint: point))
        }, into: target.pointer, stride: target.stride, rows: rows, kernels: model.kernels, team: team)
    }
  }

  /// Applies a mask to the values of one layer, which are those of the intact model for these inputs.
  package func apply(
    _ mask: ResolvedMask, layer: Int, inputs: UnsafePointer<Float>, stride: Int, rows: Int, firstRow: Int
  ) {
    let activations = values(ofLayer: layer)
    mask.layers[layer]?.apply(
      inputs: inputs, stride: stride, activations: activations.pointer, stride: activations.stride, rows: rows,
      firstRow: firstRow, scratch: scratch.pointer)
  }

  /// Runs the model up to a layer's pre-activations and writes them: [rows, values of the layer].
  func runPreActivations(
    layer: Int, from x: UnsafePointer<Float>, rows: Int, firstRow: Int, mask: ResolvedMask?,
    into out: UnsafeMutablePointer<Float>
  ) {
    let step = model.stepOfLayer[layer]
    let width = model.layers[layer].shape.count
    run(steps: 0..<step, from: x, stride: model.inputWidth, rows: rows, firstRow: firstRow, mask: mask)
    let source = values(ofPoint: model.sources[step][0])
    model.layers[layer].packed.apply(
      source.pointer, stride: source.stride, into: out, stride: width, rows: rows, activation: .identity)
    mask?.layers[layer]?.applyBeforeActivation(
      inputs: source.pointer, stride: source.stride, values: out, stride: width, rows: rows, scratch: scratch.pointer)
  }

  private func inputOffCacheSets(_ x: UnsafePointer<Float>, stride: Int, rows: Int) -> Values {
    guard let input, isInputCopied, rows > 1 else { return (x, stride) }
    let padded = RowStride.padded(model.inputWidth)
    for row in 0..<rows {
      (input.pointer + row * padded).copy(from: x + row * stride, count: model.inputWidth)
    }
    return (UnsafePointer(input.pointer), padded)
  }
}
