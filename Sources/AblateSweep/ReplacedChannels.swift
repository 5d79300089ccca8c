import AblateModel
import AblateRuntime

/// The channels of a layer in front of the chain that the model ends in, as the steps behind it come to see them: those that treat
/// channels apart (activations, poolings, depthwise convolutions) are left out, as what they make of a replaced channel is known.
final class ReplacedChannels: Sendable {
  /// Where channels are replaced, and what is run behind it.
  let point: Int
  let restart: Restart
  private let shape: ValueShape
  /// [positions, channels]: what takes the place of each value.
  private let values: Buffer<Float>

  /// - Parameter fixed: the replacement of each channel.
  init(model: Model, layer: Int, fixed: Buffer<Float>) throws(AblateError) {
    let first = model.point(behindLayer: layer)
    var point = first
    while let reader = model.onlyReader(ofPoint: point), model.treatsChannelsApart(step: reader) { point = reader + 1 }
    self.point = point
    restart = Restart(model: model, points: [point])
    shape = model.shapes[point]
    let executor = try Executor(model: model, capacity: 1)
    let start = executor.values(ofStep: first - 1)
    let image = model.shapes[first]
    for position in 0..<image.positions {
      (start.pointer + position * image.channels).copy(from: fixed.pointer, count: image.channels)
    }
    // Steps of other paths may stand between these.
    executor.run(
      steps: first..<point, from: start.pointer, stride: start.stride, rows: 1,
      restart: Restart(model: model, points: [first]))
    values = try Buffer(count: shape.count)
    values.pointer.copy(from: executor.values(ofStep: point - 1).pointer, count: shape.count)
  }

  /// Of what takes the place of values; NaN if one is NaN.
  var largestMagnitude: Float { Magnitude.largest(values.pointer, count: values.count) }

  /// Whether the values of a row are the same with some channels replaced.
  func areHeld(by own: UnsafePointer<Float>, _ channels: [Int]) -> Bool {
    for channel in channels {
      if !shape.holds(own, channel: channel, { values.pointer[$0 * shape.channels + channel] }) { return false }
    }
    return true
  }

  /// Copies a row's values with some channels replaced.
  func copy(_ own: UnsafePointer<Float>, replacing channels: [Int], into out: UnsafeMutablePointer<Float>) {
    out.copy(from: own, count: shape.count)
    for channel in channels {
      shape.replace(out, channel: channel) { values.pointer[$0 * shape.channels + channel] }
    }
  }

  /// Writes what replacing a channel adds to its values in a row, [positions], and returns the sum of the magnitudes.
  @_optimize(speed)
  func writeDifference(
    from own: UnsafePointer<Float>, channel: Int, into out: UnsafeMutablePointer<Float>
  ) -> Double {
    var sum = 0.0
    var index = channel
    for position in 0..<shape.positions {
      let difference = values.pointer[index] - own[index]
      out[position] = difference
      sum += Double(abs(difference))
      index += shape.channels
    }
    return sum
  }
}

extension Model {
  /// The step that reads a point, if it is one.
  func onlyReader(ofPoint point: Int) -> Int? {
    let readers = readers(ofPoint: point)
    return readers.count == 1 ? readers[0] : nil
  }

  /// Whether each channel of what a step gives depends on the same channel of what it reads, and on nothing else.
  fileprivate func treatsChannelsApart(step: Int) -> Bool {
    // A step can take a point for another image.
    guard shapes[step + 1].channels == shapes[sources[step][0]].channels else { return false }
    switch steps[step] {
    case .activation, .affine: return true
    case .convolution(let index):
      let layer = layers[index]
      return layer.unitsReadChannelsOfTheirOwn
    case .operation(let operation):
      if case .pooling = operation.kind { return true }
      return false
    case .dense: return false
    }
  }
}
