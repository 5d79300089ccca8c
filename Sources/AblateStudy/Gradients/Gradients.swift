import AblateModel
import AblateRuntime

/// Room of one thread for the gradients of the cross-entropy L = -ln P(label) of each row, backwards through the steps of a model.
///
/// Of each row the sums are in the same order whatever else is in its block.
final class Gradients {
  private let plan: GradientPlan
  /// Of each point that is reached, [capacity, stride].
  private let gradients: [Buffer<Float>]
  /// [capacity, widest of these]: products, pre-activations, and gradients on their way to a point that has some.
  private let room: Buffer<Float>
  /// For convolutions.
  private let outputs: Buffer<Float>
  private let probabilities: Buffer<Float>
  private let zeros: Buffer<Float>

  init(plan: GradientPlan, capacity: Int) throws(AblateError) {
    self.plan = plan
    let model = plan.model
    var gradients: [Buffer<Float>] = []
    var widest = 0
    for (point, isReached) in plan.isReached.enumerated() {
      let stride = isReached ? RowStride.padded(model.width(ofPoint: point)) : 0
      gradients.append(try Buffer(rows: capacity, columns: stride))
      widest = max(widest, stride)
    }
    self.gradients = gradients
    room = try Buffer(rows: capacity, columns: widest)
    outputs = try Buffer(count: plan.transposed.reduce(0) { max($0, $1?.roomCount ?? 0) })
    zeros = try Buffer(count: widest)
    probabilities = try Buffer(rows: capacity, columns: model.classCount)
  }

  /// Calls `body` with the place of each layer asked for and the sums of h ∂L/∂h over the positions of each unit, [rows, stride], of
  /// the rows that the executor has just run; the last layer first.
  func forEach(
    _ executor: Executor, labels: UnsafePointer<Int32>, rows: Int,
    _ body: (_ place: Int, _ products: UnsafePointer<Float>, _ stride: Int) -> Void
  ) {
    let model = plan.model
    let last = model.steps.count
    var isSet = Array(repeating: false, count: last + 1)
    setScoreGradients(executor, labels: labels, rows: rows)
    isSet[last] = true
    for step in model.steps.indices.reversed() where isSet[step + 1] {
      if let place = plan.placeOfStep[step] {
        let stride = RowStride.padded(model.shapes[step + 1].channels)
        setProducts(step, executor, stride: stride, rows: rows)
        body(place, UnsafePointer(room.pointer), stride)
      }
      let sources = model.sources[step]
      guard sources.contains(where: { plan.isReached[$0] }) else { continue }
      multiplyDerivative(of: step, executor, rows: rows)
      for (place, point) in sources.enumerated() where plan.isReached[point] {
        let own = gradients[point].pointer
        goBack(over: step, place, executor, into: isSet[point] ? room.pointer : own, rows: rows)
        if isSet[point] {
          model.kernels.add(own, room.pointer, own, rows * stride(ofPoint: point), .identity)
        }
        isSet[point] = true
      }
    }
  }

  private func stride(ofPoint point: Int) -> Int { RowStride.padded(plan.model.width(ofPoint: point)) }

  private func setProducts(_ step: Int, _ executor: Executor, stride: Int, rows: Int) {
    let shape = plan.model.shapes[step + 1]
    let values = executor.values(ofStep: step)
    room.pointer.update(repeating: 0, count: rows * stride)
    for row in 0..<rows {
      let target = room.pointer + row * stride
      let own = gradients[step + 1].pointer + row * self.stride(ofPoint: step + 1)
      for position in 0..<shape.positions {
        let first = position * shape.channels
        plan.model.kernels.affine(
          own + first, 0, zeros.pointer, values.pointer + row * values.stride + first, target, target, 0, 1,
          shape.channels)
      }
    }
  }

  /// From the values of a step to those in front of its activation function.
  private func multiplyDerivative(of step: Int, _ executor: Executor, rows: Int) {
    let model = plan.model
    let width = model.width(ofPoint: step + 1)
    let stride = stride(ofPoint: step + 1)
    let first = executor.values(ofPoint: model.sources[step][0])
    let activation: Activation
    var before = first
    switch model.steps[step] {
    case .dense(let layer), .convolution(let layer):
      activation = model.layers[layer].activation
      let kept = executor.preActivations(ofStep: step)
      before = (UnsafePointer(kept.pointer), kept.stride)
    case .activation(_, let own, _): activation = own
    case .operation(let operation):
      guard case .sum(let own) = operation.kind, own != .identity else { return }
      activation = own
      let second = executor.values(ofPoint: model.sources[step][1])
      for row in 0..<(own.derivativeIsOfValue ? 0 : rows) {
        model.kernels.add(
          first.pointer + row * first.stride, second.pointer + row * second.stride, room.pointer + row * stride, width,
          .identity)
      }
      before = (UnsafePointer(room.pointer), stride)
    case .affine: return
    }
    let values = executor.values(ofStep: step)
    for row in 0..<rows {
      activation.multiplyDerivative(
        before.pointer + row * before.stride, values.pointer + row * values.stride,
        into: gradients[step + 1].pointer + row * stride, count: width)
    }
  }

  /// From the values of a step, in front of its activation function, to those of one of the points that it reads.
  private func goBack(
    over step: Int, _ place: Int, _ executor: Executor, into target: UnsafeMutablePointer<Float>, rows: Int
  ) {
    let model = plan.model
    let sources = model.sources[step]
    let count = model.width(ofPoint: sources[place])
    let stride = stride(ofPoint: step + 1)
    let targetStride = self.stride(ofPoint: sources[place])
    let own = gradients[step + 1].pointer
    if let layer = plan.transposed[step] {
      return layer.apply(
        own, stride: stride, into: target, stride: targetStride, rows: rows, room: outputs.pointer, zeros: zeros.pointer
      )
    }
    let before = sources[..<place].reduce(0) { $0 + model.width(ofPoint: $1) }
    let x = executor.values(ofPoint: sources[place == 0 ? sources.count - 1 : 0])
    let y = executor.values(ofStep: step)
    for row in 0..<rows {
      let (gradients, target) = (own + row * stride, target + row * targetStride)
      switch model.steps[step] {
      case .affine(let affine):
        model.kernels.multiplyChannels(gradients, affine.scale.pointer, target, affine.positions, affine.width)
      case .operation(let operation):
        operation.setGradients(
          target, count: count, before: before, x: x.pointer + row * x.stride, y: y.pointer + row * y.stride, gradients,
          zeros: zeros.pointer, kernels: model.kernels)
      default: target.copy(from: gradients, count: count)
      }
    }
  }

  /// ∂L/∂score = P(class), less 1 for the label: there it is taken from the other classes, as little is left of 1 - P(label).
  private func setScoreGradients(_ executor: Executor, labels: UnsafePointer<Int32>, rows: Int) {
    let model = plan.model
    let scores = executor.scores
    let target = gradients[model.steps.count].pointer
    let stride = stride(ofPoint: model.steps.count)
    if model.head == .binary {
      for row in 0..<rows {
        let sign: Float = labels[row] == 1 ? -1 : 1
        let cell = target + row * stride
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
      let own = target + row * stride
      var others: Float = 0
      for index in 0..<classes where index != Int(labels[row]) {
        others += source[index]
        own[index] = source[index]
      }
      own[Int(labels[row])] = -others
    }
  }
}
