import AblateModel
import AblateRuntime

/// How far a change of the values at one point of a model can move its scores. Point 0 is the input, point p the values behind step
/// p - 1.
///
/// A row of the tables is about the lead of one class over a rival (the difference of their scores), for each pair of classes, or for
/// each class over whichever rival is worst. The bounds hold wherever the other values are, so those of several changes add up.
final class Sensitivity: Sendable {
  let width: Int
  let stride: Int
  let classes: Int
  /// Whether there is a row per class and rival, in this order, instead of one per class.
  let isPairwise: Bool
  /// [rows, stride]: what a lead can lose per unit of growth of a value. Not negative.
  let raise: Buffer<Float>
  /// The same per unit of decline. Empty for pairs: a lead of p over c loses there what one of c over p can lose to growth.
  let lower: Buffer<Float>
  /// [stride]: what any one score can move per unit of change, either way.
  let reach: Buffer<Float>

  init(width: Int, classes: Int, isPairwise: Bool) throws(AblateError) {
    self.width = width
    self.classes = classes
    self.isPairwise = isPairwise
    stride = RowStride.padded(width)
    raise = try Buffer(rows: isPairwise ? classes * classes : classes, columns: stride)
    lower = try Buffer(rows: isPairwise ? 0 : classes, columns: stride)
    reach = try Buffer(count: stride)
  }

  var rows: Int { isPairwise ? classes * classes : classes }

  /// [width]: what the lead of a row can lose per unit of growth of each value.
  func growth(_ row: Int) -> UnsafeMutablePointer<Float> { raise.pointer + row * stride }

  /// [width]: what it can lose per unit of decline.
  func decline(_ row: Int) -> UnsafeMutablePointer<Float> {
    isPairwise ? growth(opposite(row)) : lower.pointer + row * stride
  }

  /// Of a pair, the row of its rival over its class.
  private func opposite(_ row: Int) -> Int { row % classes * classes + row / classes }

  func copy() throws(AblateError) -> Sensitivity {
    let result = try Sensitivity(width: width, classes: classes, isPairwise: isPairwise)
    result.raise.pointer.copy(from: raise.pointer, count: raise.count)
    result.lower.pointer.copy(from: lower.pointer, count: lower.count)
    result.reach.pointer.copy(from: reach.pointer, count: stride)
    return result
  }

  /// Changes every bound, those of growth and decline together. `body` makes no difference between a pair and its opposite.
  @_optimize(speed)
  func update(_ body: (_ column: Int, _ raise: inout Float, _ lower: inout Float) -> Void) {
    for row in 0..<rows where !isPairwise || row <= opposite(row) {
      let (ups, downs) = (growth(row), decline(row))
      for column in 0..<width {
        var (up, down) = (ups[column], downs[column])
        body(column, &up, &down)
        (ups[column], downs[column]) = (up, down)
      }
    }
  }

  /// The bounds in front of a step of the chain that the model ends in from those behind it.
  ///
  /// - Parameter scoresMoveTogether: that what a value changes in one score it changes in the others, too, by their weights. Not so if
  ///   one of them is replaced meanwhile.
  func passedBack(
    through step: Step, of model: Model, scoresMoveTogether: Bool
  ) throws(AblateError) -> Sensitivity {
    switch step {
    case .dense(let index) where index == model.outputLayer && scoresMoveTogether:
      return try Sensitivity.ofLastInputs(model, isPairwise: isPairwise)
    case .dense(let index):
      let preActivations = try copy()
      preActivations.passBack(through: model.layers[index].activation)
      return try preActivations.passedBack(through: model.layers[index], kernels: model.kernels)
    case .affine(let affine):
      let result = try copy()
      result.passBack(through: affine)
      return result
    case .activation(_, let activation, _):
      let result = try copy()
      result.passBack(through: activation)
      return result
    // In front of the chain.
    case .convolution, .operation: return self
    }
  }

  /// To the arguments of an activation function.
  func passBack(through activation: Activation) {
    let factor = activation.lipschitzConstant
    let isMonotone = activation.isMonotone
    if factor == 1 && isMonotone { return }
    update { _, raise, lower in
      let worse = max(raise, lower)
      raise = factor * (isMonotone ? raise : worse)
      lower = factor * (isMonotone ? lower : worse)
    }
    for column in 0..<width { reach.pointer[column] *= factor }
    inflate(by: 0x1p-22)
  }

  private func passBack(through affine: AffineStep) {
    update { column, raise, lower in
      let scale = affine.scale.pointer[column]
      (raise, lower) = scale >= 0 ? (scale * raise, scale * lower) : (-scale * lower, -scale * raise)
    }
    for column in 0..<width { reach.pointer[column] *= abs(affine.scale.pointer[column]) }
    inflate(by: 0x1p-22)
  }

  /// The bounds at the inputs of a dense layer from those at its pre-activations: an input that grows by t moves pre-activation k by
  /// t W_k, up or down by its sign.
  func passedBack(through layer: Layer, kernels: KernelTable) throws(AblateError) -> Sensitivity {
    let result = try Sensitivity(width: layer.inputs, classes: classes, isPairwise: isPairwise)
    let reaches = try Buffer<Float>(count: layer.inputs)
    let least = Self.leastWeight(of: layer, kernels: kernels)
    // In chunks of inputs, so that the weights by sign do not take several times the memory of the layer.
    var first = 0
    while first < layer.inputs {
      let count = min(256, layer.inputs - first)
      let up = try Self.weights(of: layer, inputs: first..<first + count, sign: 1, least: least, kernels: kernels)
      let down = try Self.weights(of: layer, inputs: first..<first + count, sign: -1, least: least, kernels: kernels)
      let sums = try Buffer<Float>(rows: rows, columns: RowStride.padded(count))
      for (matrix, isUp) in [(up, true), (down, false)] {
        for isDecline in [false, true] where !(isDecline && isPairwise) {
          matrix.multiply(
            isDecline ? lower.pointer : raise.pointer, stride: stride, into: sums.pointer,
            stride: RowStride.padded(count), rows: rows, activation: .identity)
          for row in 0..<rows {
            let out = (isDecline == isUp ? result.decline(row) : result.growth(row)) + first
            kernels.addScaled(out, 1, sums.pointer + row * RowStride.padded(count), out, count)
          }
        }
        matrix.multiply(
          reach.pointer, stride: stride, into: reaches.pointer, stride: count, rows: 1, activation: .identity)
        for index in 0..<count { result.reach.pointer[first + index] += reaches.pointer[index] }
      }
      first += count
    }
    result.inflate(by: Float(layer.units + 4) * 0x1p-22)
    return result
  }

  /// Weights nearer to 0 count as these: sums of subnormal numbers would take many times as long.
  private static func leastWeight(of layer: Layer, kernels: KernelTable) -> Float {
    let weights = UnsafePointer(layer.weights.pointer)
    // The largest is taken without regard to the second argument.
    return kernels.magnitudes(weights, weights, layer.units * layer.inputs).largest * 0x1p-40
  }

  /// Of some inputs, max(0, sign W) of each unit as a sum over units; what is positive counts as `least` at least.
  @_optimize(speed)
  private static func weights(
    of layer: Layer, inputs: Range<Int>, sign: Float, least: Float, kernels: KernelTable
  ) throws(AblateError) -> PackedMatrix {
    let count = inputs.count
    let chosen = try Buffer<Float>(rows: layer.units, columns: count)
    for unit in 0..<layer.units {
      let source = layer.weights.pointer + unit * layer.inputs + inputs.lowerBound
      let target = chosen.pointer + unit * count
      for index in 0..<count {
        let weight = sign * source[index]
        let size = weight < least ? least : weight
        target[index] = weight > 0 ? size : 0
      }
    }
    return try PackedMatrix(
      kernels: kernels, weights: chosen.pointer, unitStride: 1, inputStride: count, bias: nil, units: count,
      inputs: layer.units)
  }

  /// Makes up for the rounding of sums of terms that are not negative, and for terms too small for a number.
  func inflate(by part: Float) {
    update { _, raise, lower in
      raise = raise * (1 + part) + Underflow.ofSum
      lower = lower * (1 + part) + Underflow.ofSum
    }
    for column in 0..<width { reach.pointer[column] = reach.pointer[column] * (1 + part) + Underflow.ofSum }
  }
}
