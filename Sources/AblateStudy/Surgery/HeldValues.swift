import AblateModel
import AblateRuntime

/// What removed units hold for ever, as it goes through the steps behind them up to the next layers.
///
/// A channel that holds one value at all positions holds one behind everything but a window that counts its padding. Of values that do not
/// come from removed units nothing is said.
struct HeldValues {
  /// Of each point.
  private(set) var points: [Periodic<Float>] = []
  private let surgery: Surgery
  private let replacement: Replacement

  private var model: Model { surgery.model }

  /// - Throws: `unsupported` for `resample`, and where a value that is not 0 would differ from position to position; `invalidArgument` for
  ///   one that is not finite.
  init(_ surgery: Surgery, _ replacement: Replacement) throws(AblateError) {
    self.surgery = surgery
    self.replacement = replacement
    points.append(try Periodic(period: 1))
    for index in surgery.model.steps.indices { points.append(try follow(index)) }
  }

  private func follow(_ index: Int) throws(AblateError) -> Periodic<Float> {
    let sources = model.sources[index]
    let (x, count) = (points[sources[0]], model.shapes[sources[0]].count)
    switch model.steps[index] {
    case .dense(let layer), .convolution(let layer): return try units(layer)
    case .affine(let affine):
      let x = try affine.positions == 1 ? x.with(period: count) : channels(sources[0], affine.width)
      let y = try Periodic<Float>(period: affine.width)
      model.kernels.affine(
        x.elements.pointer, affine.width, affine.center.pointer, affine.scale.pointer, affine.shift.pointer,
        y.elements.pointer, affine.width, 1, affine.width)
      return y
    case .activation(_, let activation, _):
      let y = try Periodic<Float>(period: x.period)
      model.kernels.activate(activation, x.elements.pointer, y.elements.pointer, x.period)
      return y
    case .operation(let operation): return try follow(operation, sources)
    }
  }

  private func units(_ layer: Int) throws(AblateError) -> Periodic<Float> {
    // The scores of the output layer stay.
    if layer == model.outputLayer { return try Periodic(period: 1) }
    guard let values = try replacement.fixedValues(model: model, layer: layer) else {
      throw AblateError(.unsupported, "a removed unit must have the same value in every row: resample has not")
    }
    for unit in surgery.removed[layer] where !values.pointer[unit].isFinite {
      throw AblateError(
        .invalidArgument, "the replacement of unit \(unit) of layer \(layer) is not finite: it cannot be folded")
    }
    let held = try Periodic<Float>(period: model.layers[layer].units)
    held.elements.pointer.copy(from: values.pointer, count: held.period)
    return held
  }

  /// The value of each channel at a point.
  func channels(_ point: Int, _ channels: Int) throws(AblateError) -> Periodic<Float> {
    let x = points[point]
    if channels % x.period != 0 {
      for value in 0..<model.shapes[point].count
      where x[value] != x[value % channels] && surgery.isRemoved(value, at: point) { throw Self.uneven }
    }
    return try x.with(period: channels)
  }

  static var uneven: AblateError {
    AblateError(
      .unsupported,
      "what a removed unit holds is not 0, and padding makes it differ from position to position in front of a layer that would have to make up for it"
    )
  }

  private func follow(_ operation: Operation, _ sources: [Int]) throws(AblateError) -> Periodic<Float> {
    let shape = operation.shape
    let x = points[sources[0]]
    switch operation.kind {
    case .pooling(let pooling, let geometry):
      let held = try channels(sources[0], shape.channels)
      if case .averageCountingPadding = pooling, geometry.touchesPadding {
        for channel in 0..<shape.channels
        where held[channel] != 0 && surgery.isRemoved(channel, at: sources[0]) { throw Self.uneven }
      }
      return held
    case .globalMaximum, .globalAverage: return try channels(sources[0], shape.channels)
    case .sum, .product, .channelProduct:
      let other = points[sources[1]]
      let result = try Periodic<Float>(period: x.period == other.period ? x.period : shape.count)
      let (a, b) = (try x.with(period: result.period), try other.with(period: result.period))
      let target = result.elements.pointer
      if case .sum(let activation) = operation.kind {
        model.kernels.add(a.elements.pointer, b.elements.pointer, target, result.period, activation)
      } else {
        model.kernels.multiply(a.elements.pointer, b.elements.pointer, target, result.period)
      }
      return result
    case .concatenation:
      let joined = try Periodic<Float>(period: shape.channels)
      var place = 0
      for source in sources {
        let width = model.shapes[source].count / shape.positions
        (joined.elements.pointer + place).copy(from: try channels(source, width).elements.pointer, count: width)
        place += width
      }
      return joined
    case .arrangement(let arrangement):
      let result = try Periodic<Float>(period: shape.count)
      for value in 0..<shape.count {
        let source = arrangement.sources.pointer[value]
        result.elements.pointer[value] = source < 0 ? arrangement.fill : x[Int(source)]
      }
      return result
    case .mixture(let mixture):
      let result = try Periodic<Float>(period: shape.count)
      for value in 0..<shape.count {
        for term in value * mixture.terms..<(value + 1) * mixture.terms {
          result.elements.pointer[value] += mixture.weights.pointer[term] * x[Int(mixture.sources.pointer[term])]
        }
      }
      return result
    case .responseNormalization: return x
    }
  }
}
