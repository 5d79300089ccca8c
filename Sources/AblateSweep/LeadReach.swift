import AblateModel
import AblateRuntime

/// How far a value at any point of a model can move any lead, the difference of two scores, per unit of change and whatever the other
/// values are; and what the rounding of each step can do to a lead. The same at all positions of a channel; infinite in front of what nothing
/// is known about.
final class LeadReach: Sendable {
  /// Of each value of each point.
  let reach: [Buffer<Float>]
  /// Of each step: times the sum of reach * |value| over what it reads, and over what it gives.
  let chains: [Double]
  let relatives: [Double]
  /// Of each step, what does not depend on the values.
  let constants: [Double]
  /// The dense step that gives the scores, and what its rounding can do: times the sum of |value| over what it reads. -1 if it is none.
  let lastLayer: Int
  let lastChain: Double

  /// - Parameter first: the first point that is asked for.
  init(model: Model, first: Int) throws(AblateError) {
    var pass = BackwardPass(model)
    for step in (first..<max(first, model.steps.count)).reversed() { pass.passBack(step) }
    var reach: [Buffer<Float>] = []
    for (point, channels) in pass.channels.enumerated() {
      let own = try Buffer<Float>(count: point < first && !pass.isRead[point] ? 0 : model.width(ofPoint: point))
      for index in 0..<own.count {
        own.pointer[index] = Float(channels[index % channels.count]) * (1 + 0x1p-20) + 0x1p-125
      }
      reach.append(own)
    }
    self.reach = reach
    chains = pass.chains
    relatives = pass.relatives
    constants = pass.constants
    lastLayer = pass.lastLayer
    lastChain = pass.lastChain
  }
}

/// From the scores to the first point that is asked for.
private struct BackwardPass {
  let model: Model
  var channels: [[Double]]
  var chains: [Double]
  var relatives: [Double]
  var constants: [Double]
  var lastLayer = -1
  var lastChain = 0.0
  /// Of each point, whether a step that was passed reads it.
  var isRead: [Bool]

  init(_ model: Model) {
    let count = model.steps.count
    self.model = model
    channels = model.shapes.map { Array(repeating: 0, count: $0.channels) }
    chains = Array(repeating: 0, count: count)
    relatives = Array(repeating: 0, count: count)
    constants = Array(repeating: 0, count: count)
    isRead = Array(repeating: false, count: count + 1)
    for channel in channels[count].indices { channels[count][channel] = 1 }
  }

  mutating func passBack(_ step: Int) {
    let behind = channels[step + 1]
    let source = model.sources[step][0]
    for point in model.sources[step] { isRead[point] = true }
    switch model.steps[step] {
    case .dense(let index) where step == model.steps.count - 1: passBack(last: step, model.layers[index], to: source)
    case .dense(let index), .convolution(let index): passBack(step, model.layers[index], behind, to: source)
    case .affine(let affine):
      var own = Array(repeating: 0.0, count: behind.count)
      var shifts = 0.0
      for index in 0..<affine.width {
        let channel = index % behind.count
        own[channel] = max(own[channel], behind[channel] * Double(abs(affine.scale.pointer[index])))
        shifts += behind[channel] * Double(abs(affine.shift.pointer[index]))
      }
      add(own, to: source)
      relatives[step] = 0x1p-21
      constants[step] = Double(affine.positions) * 0x1p-21 * shifts + underflow(step)
    case .activation(_, let activation, _):
      add(behind, times: Double(activation.lipschitzConstant), to: source)
      count(activation, step)
    case .operation(let operation): passBack(step, operation, behind)
    }
  }

  private mutating func passBack(_ step: Int, _ layer: Layer, _ behind: [Double], to source: Int) {
    let slope = Double(layer.activation.lipschitzConstant)
    let units = layer.units / layer.groups
    var own = Array(repeating: 0.0, count: layer.inputs * layer.groups)
    var bias = 0.0
    for unit in 0..<layer.units {
      let reach = slope * behind[unit]
      let weights = layer.weights.pointer + unit * layer.weightsPerUnit
      let first = unit / units * layer.inputs
      for input in 0..<layer.inputs {
        var sum = 0.0
        for tap in 0..<layer.taps { sum += Double(abs(weights[tap * layer.inputs + input])) }
        own[first + input] += reach * sum
      }
      bias += reach * Double(abs(layer.bias.pointer[unit]))
    }
    if layer.convolution == nil { addLargest(own, to: source) } else { add(own, to: source) }
    chains[step] = StepErrors.chain(roundings: model.kernels.roundingsPerTerm * layer.weightsPerUnit + 8)
    constants[step] =
      Double(layer.positions) * chains[step] * bias + slope * Double(layer.weightsPerUnit) * underflow(step)
    self.count(layer.activation, step)
  }

  /// The scores: each input moves a lead by what its weights differ.
  private mutating func passBack(last step: Int, _ layer: Layer, to source: Int) {
    let slope = Double(layer.activation.lipschitzConstant)
    var own = Array(repeating: 0.0, count: layer.inputs)
    var largest = 0.0
    for input in 0..<layer.inputs {
      var (least, most) = (Double.infinity, -Double.infinity)
      for unit in 0..<layer.units {
        let weight = Double(layer.weights.pointer[unit * layer.inputs + input])
        (least, most) = (min(least, weight), max(most, weight))
      }
      let size = 2 * slope * max(abs(least), abs(most))
      own[input] = layer.units > 1 && layer.activation.kind == .identity ? most - least : size
      largest = max(largest, size)
    }
    addLargest(own, to: source)
    chains[step] = StepErrors.chain(roundings: model.kernels.roundingsPerTerm * layer.inputs + 8)
    lastLayer = step
    lastChain = chains[step] * largest
    let bias = Replacement.largestMagnitude(layer.bias.pointer, count: layer.units)
    constants[step] = 2 * slope * chains[step] * Double(bias) + slope * Double(layer.inputs) * underflow(step)
    count(layer.activation, step)
  }

  private mutating func passBack(_ step: Int, _ operation: Operation, _ behind: [Double]) {
    let sources = model.sources[step]
    let positions = model.shapes[sources[0]].positions
    switch operation.kind {
    case .pooling(let pooling, let geometry):
      let windows = Double(geometry.mostWindowsOfAPosition)
      if case .maximum = pooling { return add(behind, times: windows, to: sources[0]) }
      // Fewer taps may be in the image.
      add(behind, times: geometry.touchesPadding ? windows : windows / Double(geometry.taps), to: sources[0])
      chains[step] = StepErrors.chain(roundings: geometry.taps + 2)
      constants[step] = underflow(step)
    case .globalMaximum: add(behind, to: sources[0])
    case .globalAverage:
      add(behind, times: 1 / Double(positions), to: sources[0])
      chains[step] = StepErrors.chain(roundings: positions + 2)
      constants[step] = underflow(step)
    case .sum(let activation):
      for source in sources { add(behind, times: Double(activation.lipschitzConstant), to: source) }
      chains[step] = StepErrors.chain(roundings: 2)
      count(activation, step)
    case .concatenation:
      var first = 0
      for source in sources {
        let end = first + channels[source].count
        add(end <= behind.count ? Array(behind[first..<end]) : [], to: source)
        first = end
      }
    case .arrangement(let arrangement): passBack(arrangement, behind, to: sources[0])
    case .product, .channelProduct, .mixture, .responseNormalization:
      for source in sources { add([], to: source) }
    }
  }

  /// A value can be in more than one place.
  private mutating func passBack(_ arrangement: Arrangement, _ behind: [Double], to source: Int) {
    var sums = Array(repeating: 0.0, count: model.width(ofPoint: source))
    for index in 0..<arrangement.sources.count where arrangement.sources.pointer[index] >= 0 {
      sums[Int(arrangement.sources.pointer[index])] += behind[index % behind.count]
    }
    addLargest(sums, to: source)
  }

  /// - Parameter values: of each value of the source; of a channel, the position with the largest one counts.
  private mutating func addLargest(_ values: [Double], to source: Int) {
    let count = channels[source].count
    var own = Array(repeating: 0.0, count: count)
    for (index, value) in values.enumerated() { own[index % count] = max(own[index % count], value) }
    add(own, to: source)
  }

  /// - Parameter own: by channel of the image that the step takes the source for: if that is another one, nothing is known.
  private mutating func add(_ own: [Double], times factor: Double = 1, to source: Int) {
    let isSameImage = own.count == channels[source].count
    for channel in channels[source].indices {
      channels[source][channel] += isSameImage ? factor * own[channel] : .infinity
    }
  }

  private mutating func count(_ activation: Activation, _ step: Int) {
    relatives[step] = Double(activation.roundingError)
    constants[step] += relatives[step] * total(step)
  }

  /// What results below the normal numbers, or flushed to 0, can come to.
  private func underflow(_ step: Int) -> Double { 0x1p-120 * total(step) }

  /// The reach of all values that a step gives.
  private func total(_ step: Int) -> Double {
    Double(model.shapes[step + 1].positions) * channels[step + 1].reduce(0) { $0 + $1 }
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
