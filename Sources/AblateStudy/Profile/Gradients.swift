import AblateModel
import AblateRuntime

/// Room of one thread for the gradients of the cross-entropy L = -ln P(label) of each row, backwards through the steps of a model.
final class Gradients {
  private let plan: GradientPlan
  private var current: Buffer<Float>
  private var other: Buffer<Float>
  private let probabilities: Buffer<Float>
  private let zeros: Buffer<Float>

  init(plan: GradientPlan, capacity: Int) throws(AblateError) {
    self.plan = plan
    let widest = RowStride.padded(plan.model.widestPoint)
    current = try Buffer(rows: capacity, columns: widest)
    other = try Buffer(rows: capacity, columns: widest)
    zeros = try Buffer(count: widest)
    probabilities = try Buffer(rows: capacity, columns: plan.model.classCount)
  }

  /// Calls `body` with the place of each layer asked for and h ∂L/∂h, [rows, stride], of the rows that the executor has just run; the last
  /// layer first.
  func forEach(
    _ executor: Executor, labels: UnsafePointer<Int32>, rows: Int,
    _ body: (_ place: Int, _ products: UnsafePointer<Float>, _ stride: Int) -> Void
  ) {
    let model = plan.model
    setScoreGradients(executor, labels: labels, rows: rows)
    var step = model.steps.count - 1
    while true {
      let width = model.width(ofPoint: step + 1)
      let stride = RowStride.padded(width)
      if let place = plan.placeOfStep[step] {
        let values = executor.values(ofStep: step)
        for row in 0..<rows {
          let activations = values.pointer + row * values.stride
          model.kernels.affine(
            current.pointer + row * stride, stride, zeros.pointer, activations, zeros.pointer,
            other.pointer + row * stride, stride, 1, width)
        }
        body(place, UnsafePointer(other.pointer), stride)
      }
      if step <= plan.first { return }
      goBack(over: step, executor, stride, rows: rows)
      step -= 1
    }
  }

  /// From the values of a step to those of the one before.
  private func goBack(over step: Int, _ executor: Executor, _ stride: Int, rows: Int) {
    let model = plan.model
    let values = executor.values(ofStep: step)
    switch model.steps[step] {
    case .dense(let index):
      let layer = model.layers[index]
      let before = executor.preActivations(ofStep: step)
      for row in 0..<rows {
        layer.activation.multiplyDerivative(
          before.pointer + row * before.stride, values.pointer + row * values.stride,
          into: current.pointer + row * stride, count: layer.units)
      }
      plan.transposed[step]?.multiply(
        current.pointer, stride: stride, into: other.pointer, stride: RowStride.padded(layer.inputs), rows: rows,
        activation: .identity)
      swap(&current, &other)
    case .affine(let affine):
      for row in 0..<rows {
        for index in 0..<affine.width { current.pointer[row * stride + index] *= affine.scale.pointer[index] }
      }
    case .activation(_, let activation, let width):
      let before = executor.values(ofStep: step - 1)
      for row in 0..<rows {
        activation.multiplyDerivative(
          before.pointer + row * before.stride, values.pointer + row * values.stride,
          into: current.pointer + row * stride, count: width)
      }
    case .convolution, .operation: break
    }
  }

  /// ∂L/∂score = P(class), less 1 for the label: there it is taken from the other classes, as little is left of 1 - P(label).
  private func setScoreGradients(_ executor: Executor, labels: UnsafePointer<Int32>, rows: Int) {
    let model = plan.model
    let scores = executor.scores
    let stride = RowStride.padded(model.outputWidth)
    if model.head == .binary {
      for row in 0..<rows {
        let sign: Float = labels[row] == 1 ? -1 : 1
        let cell = current.pointer + row * stride
        cell[0] = sign * scores.pointer[row * scores.stride]
        model.kernels.activate(Activation(.sigmoid), cell, cell, 1)
        cell[0] *= sign
      }
      return
    }
    let classes = model.classCount
    model.probabilities(
      scores: scores.pointer, stride: scores.stride, rows: rows, into: probabilities.pointer)
    for row in 0..<rows {
      let source = probabilities.pointer + row * classes
      let target = current.pointer + row * stride
      var others: Float = 0
      for index in 0..<classes where index != Int(labels[row]) {
        others += source[index]
        target[index] = source[index]
      }
      target[Int(labels[row])] = -others
    }
  }
}
