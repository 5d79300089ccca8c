import AblateModel
import AblateRuntime

/// Finds what `LeadReach` holds, from the scores backwards.
final class BackwardPass {
  /// Of each value of each point that is asked for, or that steps behind these read.
  let reach: [Buffer<Double>]
  let roundings: Buffer<LeadReach.Rounding>
  private let model: Model
  /// Room for a point's values.
  private let own: UnsafeMutablePointer<Double>
  private let room: Buffer<Double>

  init(_ model: Model, first: Int) throws(AblateError) {
    self.model = model
    var reach: [Buffer<Double>] = []
    for (point, shape) in model.shapes.enumerated() {
      let isRead = point >= first || model.readers(ofPoint: point).contains { $0 >= first }
      reach.append(try Buffer(count: isRead ? shape.count : 0))
    }
    self.reach = reach
    roundings = try Buffer(count: model.steps.count)
    room = try Buffer(count: model.widestPoint)
    own = room.pointer
    // No lead moves by more than all scores together.
    if let scores = reach.last { for index in 0..<scores.count { scores.pointer[index] = 1 } }
  }

  func passBack(_ step: Int) {
    let behind = reach[step + 1]
    let source = model.sources[step][0]
    let rounding = roundings.pointer + step
    rounding.pointee.constant = Underflow.ofResult * total(step)
    switch model.steps[step] {
    case .dense(let index) where step == model.steps.count - 1: passBack(last: step, model.layers[index], to: source)
    case .dense(let index), .convolution(let index): passBack(step, model.layers[index], to: source)
    case .affine(let affine):
      for index in 0..<behind.count {
        let column = index % affine.width
        own[index] = behind.pointer[index] * Double(abs(affine.scale.pointer[column]))
        rounding.pointee.constant +=
          StepErrors.ofAffine * behind.pointer[index] * Double(abs(affine.shift.pointer[column]))
      }
      rounding.pointee.relative = StepErrors.ofAffine
      add(own, behind.count, to: source)
    case .activation(_, let activation, _):
      add(behind.pointer, behind.count, times: Double(activation.lipschitzConstant), to: source)
      count(activation, step)
    case .operation(let operation): passBack(step, operation)
    }
  }

  private func passBack(_ step: Int, _ layer: Layer, to source: Int) {
    let slope = Double(layer.activation.lipschitzConstant)
    let rounding = roundings.pointer + step
    let chain = StepErrors.chain(terms: layer.weightsPerUnit, kernels: model.kernels)
    let inputs = layer.inputs * layer.groups
    own.update(repeating: 0, count: inputs)
    rounding.pointee.chain = chain
    rounding.pointee.constant *= slope * Double(layer.weightsPerUnit)
    for unit in 0..<layer.units {
      let reach = slope * largest(step, channel: unit, of: layer.units)
      let weights = layer.weights.pointer + unit * layer.weightsPerUnit
      let group = own + layer.group(ofUnit: unit) * layer.inputs
      for index in 0..<layer.weightsPerUnit { group[index % layer.inputs] += reach * Double(abs(weights[index])) }
      rounding.pointee.constant += Double(layer.positions) * chain * reach * Double(abs(layer.bias.pointer[unit]))
    }
    add(own, inputs, to: source)
    count(layer.activation, step)
  }

  /// The scores: each input moves a lead by what its weights differ.
  private func passBack(last step: Int, _ layer: Layer, to source: Int) {
    let slope = Double(layer.activation.lipschitzConstant)
    let rounding = roundings.pointer + step
    let chain = StepErrors.chain(terms: layer.inputs, kernels: model.kernels)
    let largest = 2 * slope * Double(Magnitude.largest(layer.weights.pointer, count: layer.weights.count))
    let bias = 2 * slope * Double(Magnitude.largest(layer.bias.pointer, count: layer.units))
    for input in 0..<layer.inputs {
      var (least, most) = (Double.infinity, -Double.infinity)
      for unit in 0..<layer.units {
        let weight = Double(layer.weights.pointer[unit * layer.inputs + input])
        (least, most) = (min(least, weight), max(most, weight))
      }
      let isDifference = layer.units > 1 && layer.activation.kind == .identity
      // Not much less than the largest, so that errors of errors stay small in what the rounding here does.
      own[input] = isDifference ? most - least + LeadReach.leastPart * largest : largest
    }
    add(own, layer.inputs, to: source)
    rounding.pointee.lastChain = chain
    rounding.pointee.plainChain = chain * largest
    rounding.pointee.constant = slope * Double(layer.inputs) * rounding.pointee.constant + chain * bias
    count(layer.activation, step)
  }

  private func passBack(_ step: Int, _ operation: Operation) {
    let sources = model.sources[step]
    let behind = reach[step + 1]
    let rounding = roundings.pointer + step
    let channels = operation.shape.channels
    let positions = model.width(ofPoint: sources[0]) / channels
    switch operation.kind {
    case .pooling(let pooling, let geometry):
      let windows = Double(geometry.mostWindowsOfAPosition)
      if case .maximum = pooling { return addLargest(step, channels, times: windows, to: sources[0]) }
      // At the border, fewer taps may be in the image.
      let taps = geometry.touchesPadding ? 1 : Double(geometry.taps)
      addLargest(step, channels, times: windows / taps, to: sources[0])
      rounding.pointee.chain = StepErrors.chain(roundings: geometry.taps + 2)
    case .globalMaximum: addLargest(step, channels, to: sources[0])
    case .globalAverage:
      addLargest(step, channels, times: 1 / Double(positions), to: sources[0])
      rounding.pointee.chain = StepErrors.chain(roundings: positions + 2)
    case .sum(let activation):
      for source in sources {
        add(behind.pointer, behind.count, times: Double(activation.lipschitzConstant), to: source)
      }
      rounding.pointee.chain = StepErrors.chain(roundings: 2)
      count(activation, step)
    case .concatenation:
      var first = 0
      for source in sources {
        let count = model.width(ofPoint: source) / operation.shape.positions
        for index in 0..<reach[source].count {
          own[index] = behind.pointer[index / count * channels + first + index % count]
        }
        add(own, reach[source].count, to: source)
        first += count
      }
    case .arrangement(let arrangement):
      // A value can be in more than one place.
      for index in 0..<behind.count {
        let place = Int(arrangement.sources.pointer[index])
        if place >= 0 { reach[sources[0]].pointer[place] += behind.pointer[index] }
      }
    case .product, .channelProduct, .mixture, .responseNormalization:
      own[0] = .infinity
      for source in sources { add(own, 1, to: source) }
    }
  }

  /// Of what a step gives, the value of a channel that reaches farthest. Infinity if that is not known: where weights are 0 and what is
  /// behind them is infinite.
  private func largest(_ step: Int, channel: Int, of channels: Int) -> Double {
    let behind = reach[step + 1]
    var result = 0.0
    var index = channel
    while index < behind.count {
      if behind.pointer[index].isNaN { return .infinity }
      result = max(result, behind.pointer[index])
      index += channels
    }
    return result
  }

  private func addLargest(_ step: Int, _ channels: Int, times factor: Double = 1, to source: Int) {
    for channel in 0..<channels { own[channel] = largest(step, channel: channel, of: channels) }
    add(own, channels, times: factor, to: source)
  }

  /// Adds to all values of a point, by channel.
  private func add(_ own: UnsafePointer<Double>, _ channels: Int, times factor: Double = 1, to source: Int) {
    for index in 0..<reach[source].count { reach[source].pointer[index] += factor * own[index % channels] }
  }

  private func count(_ activation: Activation, _ step: Int) {
    let error = Double(activation.roundingError)
    roundings.pointer[step].relative = error
    roundings.pointer[step].constant += error * total(step)
  }

  /// The reach of all values that a step gives.
  private func total(_ step: Int) -> Double {
    var result = 0.0
    for index in 0..<reach[step + 1].count { result += reach[step + 1].pointer[index] }
    return result
  }
}

extension WindowGeometry {
  /// The most windows that one position of the image is in.
  fileprivate var mostWindowsOfAPosition: Int {
    Self.mostWindows(kernelHeight, strideY, dilationY) * Self.mostWindows(kernelWidth, strideX, dilationX)
  }

  private static func mostWindows(_ taps: Int, _ stride: Int, _ dilation: Int) -> Int {
    dilation == 1 ? (taps + stride - 1) / stride : taps
  }
}
