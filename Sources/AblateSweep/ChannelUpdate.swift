import AblateModel
import AblateRuntime

/// The convolutions that read the channels of a layer, brought up to date with one or two channels that are replaced: their contributions
/// to the pre-activations, the differences under their slices of the kernels, instead of the sums over all channels.
final class ChannelUpdate: Sendable {
  let replaced: ReplacedChannels
  let contributions: [ChannelContribution]
  /// Whether other steps read the channels, too.
  let isReadElsewhere: Bool
  /// The run behind the convolutions.
  let restart: Restart
  /// The points whose values are others with a channel replaced, and which the run behind the convolutions reads.
  let changedPoints: [Int]

  /// nil if no convolution that mixes channels reads them, or what it takes is little beside the run behind it.
  init?(model: Model, _ replaced: ReplacedChannels) throws(AblateError) {
    let point = replaced.point
    let readers = model.readers(ofPoint: point)
    let convolutions = readers.compactMap {
      model.mixingConvolution(step: $0, channels: model.shapes[point].channels)
    }
    let steps = convolutions.map { $0.step }
    let restart = Restart(model: model, points: [point], given: steps)
    let saved = model.multiplyAdds { steps.contains($0) }
    let left = model.multiplyAdds { restart.isComputed[$0] }
    guard saved > left / Self.leastSavedPart else { return nil }
    self.replaced = replaced
    self.restart = restart
    isReadElsewhere = steps.count < readers.count
    changedPoints = (point...model.steps.count).filter { changed in
      changed == point ? steps.count < readers.count : restart.isComputed[changed - 1] || steps.contains(changed - 1)
    }
    var contributions: [ChannelContribution] = []
    for convolution in convolutions {
      contributions.append(
        try ChannelContribution(
          model: model, step: convolution.step, convolution.layer, geometry: convolution.geometry))
    }
    self.contributions = contributions
  }

  /// What is saved must be worth a part of what is left.
  private static var leastSavedPart: Int { 16 }
}

extension Model {
  /// What a channel adds is computed for the units of all groups, and takes weights for all.
  private var mostGroups: Int { 4 }

  /// A step with its layer, if it is a convolution whose units read more than one of some channels each.
  fileprivate func mixingConvolution(
    step: Int, channels: Int
  ) -> (step: Int, layer: Layer, geometry: WindowGeometry)? {
    guard case .convolution(let index) = steps[step], let geometry = layers[index].convolution?.geometry else {
      return nil
    }
    let layer = layers[index]
    guard layer.inputs * layer.groups == channels, layer.inputs > 1, layer.groups <= mostGroups else { return nil }
    return (step, layer, geometry)
  }

  /// Of some steps.
  fileprivate func multiplyAdds(_ isChosen: (_ step: Int) -> Bool) -> Int {
    layers.indices.reduce(0) { $0 + (isChosen(stepOfLayer[$1]) ? layers[$1].multiplyAdds : 0) }
  }
}
