import AblateModel
import AblateRuntime

/// The convolutions that read the channels of a layer, brought up to date with one channel that is replaced: its contribution to their
/// pre-activations, the difference under its slice of their kernels, instead of the sums over all channels.
final class ChannelUpdate: Sendable {
  let replaced: ReplacedChannels
  let contributions: [ChannelContribution]
  /// Whether other steps read the channels, too.
  let isReadElsewhere: Bool
  /// The run behind the convolutions.
  let restart: Restart
  /// Of each point, whether it is another one with a channel replaced.
  private let isChanged: [Bool]

  /// nil if no convolution of all channels reads them, or what it takes is little beside the run behind it.
  init?(model: Model, _ replaced: ReplacedChannels) throws(AblateError) {
    let point = replaced.point
    let readers = model.readers(ofPoint: point)
    var convolutions: [(step: Int, layer: Layer, geometry: WindowGeometry)] = []
    for step in readers {
      guard case .convolution(let index) = model.steps[step], let convolution = model.layers[index].convolution else {
        continue
      }
      if convolution.groups == 1, model.layers[index].inputs == model.shapes[point].channels {
        convolutions.append((step, model.layers[index], convolution.geometry))
      }
    }
    let saved = convolutions.reduce(0) { $0 + $1.layer.multiplyAdds - $1.layer.multiplyAdds / $1.layer.inputs }
    let restart = Restart(model: model, points: [point], given: convolutions.map { $0.step })
    guard saved > restart.multiplyAdds(of: model) / Self.leastPart else { return nil }
    self.replaced = replaced
    self.restart = restart
    isReadElsewhere = convolutions.count < readers.count
    var contributions: [ChannelContribution] = []
    var isChanged = [false] + restart.isComputed
    isChanged[point] = true
    for (step, layer, geometry) in convolutions {
      contributions.append(try ChannelContribution(model: model, step: step, layer, geometry))
      isChanged[step + 1] = true
    }
    self.contributions = contributions
    self.isChanged = isChanged
  }

  /// What is saved must be worth a part of what is left.
  private static var leastPart: Int { 16 }

  func isChanged(atPoint point: Int) -> Bool { isChanged[point] }
}

extension Restart {
  fileprivate func multiplyAdds(of model: Model) -> Int {
    model.layers.indices.reduce(0) { $0 + (isComputed[model.stepOfLayer[$1]] ? model.layers[$1].multiplyAdds : 0) }
  }
}
