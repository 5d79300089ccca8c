import AblateRuntime

/// One worker's scratch memory: runs blocks of rows through the steps of a model.
public final class Executor {
  public let model: Model
  /// The most rows of a block.
  public let capacity: Int
  private let values: [Buffer<Float>]
  private let strides: [Int]
  /// A copy of the input where its own stride would put the rows of a tile into the same cache sets.
  private let input: Buffer<Float>?
  private var scratch: Buffer<Float>
  /// Of the dense steps for which they are kept.
  private var preActivations: [Buffer<Float>?]

  public init(model: Model, capacity: Int) throws(AblateError) {
    self.model = model
    self.capacity = capacity
    strides = model.steps.map { RowStride.padded(model.width(of: $0)) }
    var values: [Buffer<Float>] = []
    for stride in strides { values.append(try Buffer(rows: capacity, columns: stride)) }
    self.values = values
    preActivations = Array(repeating: nil, count: model.steps.count)
    let inputStride = RowStride.padded(model.inputWidth)
    input = model.inputWidth % 256 == 0 ? try Buffer(rows: capacity, columns: inputStride) : nil
    scratch = try Buffer(count: 0)
  }

  /// Makes room for what a mask needs. Call before `run` with it.
  public func prepare(for mask: ResolvedMask) throws(AblateError) {
    let needed = mask.scratchCount(rows: capacity)
    if needed > scratch.count { scratch = try Buffer(count: needed) }
  }

  /// Makes every run keep the pre-activations of a dense step, too.
  package func keepPreActivations(ofStep step: Int) throws(AblateError) {
    guard preActivations[step] == nil, case .dense(let index) = model.steps[step] else { return }
    if model.layers[index].activation != .identity {
      preActivations[step] = try Buffer(rows: capacity, columns: strides[step])
    }
  }

  /// The pre-activations of a dense step for which they are kept: [rows, stride].
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

  /// Runs some steps on `rows` rows at `x`, which are the input of the first of them.
  ///
  /// - Parameters:
  ///   - firstRow: the number of the first row in the whole run, which resampling goes by.
  ///   - destination: where the last step writes, instead of the executor's own memory.
  public func run(
    steps: Range<Int>, from x: UnsafePointer<Float>, stride: Int, rows: Int, firstRow: Int = 0,
    mask: ResolvedMask? = nil, into destination: (pointer: UnsafeMutablePointer<Float>, stride: Int)? = nil
  ) {
    var source = (pointer: x, stride: stride)
    if steps.lowerBound == 0 { source = inputOffCacheSets(x, stride: stride, rows: rows) }
    for step in steps {
      let own = values(ofStep: step)
      let target = step == steps.upperBound - 1 ? destination ?? own : own
      run(step: step, from: source, into: target, rows: rows, firstRow: firstRow, mask: mask)
      source = (UnsafePointer(target.pointer), target.stride)
    }
  }

  private func run(
    step: Int, from source: (pointer: UnsafePointer<Float>, stride: Int),
    into target: (pointer: UnsafeMutablePointer<Float>, stride: Int), rows: Int, firstRow: Int, mask: ResolvedMask?
  ) {
    switch model.steps[step] {
    case .dense(let index):
      let layer = model.layers[index]
      if let preActivations = preActivations[step]?.pointer {
        layer.packed.multiply(
          source.pointer, stride: source.stride, into: preActivations, stride: strides[step], rows: rows,
          activation: .identity)
        for row in 0..<rows {
          model.kernels.activate(
            layer.activation, preActivations + row * strides[step], target.pointer + row * target.stride, layer.units)
        }
      } else {
        layer.packed.multiply(
          source.pointer, stride: source.stride, into: target.pointer, stride: target.stride, rows: rows,
          activation: layer.activation)
      }
      mask?.layers[index]?.apply(
        inputs: source.pointer, stride: source.stride, activations: target.pointer, stride: target.stride, rows: rows,
        firstRow: firstRow, scratch: scratch.pointer)
    case .affine(let affine):
      model.kernels.affine(
        source.pointer, source.stride, affine.center.pointer, affine.scale.pointer, affine.shift.pointer,
        target.pointer, target.stride, rows, affine.width)
    case .activation(_, let activation, let width):
      for row in 0..<rows {
        model.kernels.activate(
          activation, source.pointer + row * source.stride, target.pointer + row * target.stride, width)
      }
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

  /// Runs the model up to a layer's pre-activations and writes them: [rows, units].
  func runPreActivations(
    layer: Int, from x: UnsafePointer<Float>, rows: Int, firstRow: Int, mask: ResolvedMask?,
    into out: UnsafeMutablePointer<Float>
  ) {
    let step = model.stepOfLayer[layer]
    let units = model.layers[layer].units
    run(steps: 0..<step, from: x, stride: model.inputWidth, rows: rows, firstRow: firstRow, mask: mask)
    let source =
      step == 0
      ? inputOffCacheSets(x, stride: model.inputWidth, rows: rows)
      : (UnsafePointer(values[step - 1].pointer), strides[step - 1])
    model.layers[layer].packed.multiply(
      source.pointer, stride: source.stride, into: out, stride: units, rows: rows, activation: .identity)
    mask?.layers[layer]?.applyBeforeActivation(
      inputs: source.pointer, stride: source.stride, values: out, stride: units, rows: rows, scratch: scratch.pointer)
  }

  private func inputOffCacheSets(
    _ x: UnsafePointer<Float>, stride: Int, rows: Int
  ) -> (pointer: UnsafePointer<Float>, stride: Int) {
    guard let input, rows > 1 else { return (x, stride) }
    let padded = RowStride.padded(model.inputWidth)
    for row in 0..<rows {
      (input.pointer + row * padded).copy(from: x + row * stride, count: model.inputWidth)
    }
    return (UnsafePointer(input.pointer), padded)
  }
}
