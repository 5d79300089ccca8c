import AblateModel
import AblateRuntime

/// The one step behind a layer in front of the chain that the model ends in, if it pools each channel over all positions: a changed channel
/// is one changed value behind it, where bounds are known.
struct ChannelPooling: Sendable {
  let point: Int
  private let isMean: Bool

  /// nil if something else follows the layer.
  init?(model: Model, layer: Int) {
    let point = model.point(behindLayer: layer)
    let readers = model.readers(ofPoint: point)
    guard readers.count == 1, readers[0] + 1 >= model.chainStart, readers[0] + 1 < model.steps.count,
      case .operation(let operation) = model.steps[readers[0]],
      operation.shape.channels == model.layers[layer].units
    else { return nil }
    switch operation.kind {
    case .globalAverage: isMean = true
    case .globalMaximum: isMean = false
    default: return nil
    }
    self.point = readers[0] + 1
  }

  /// y[channels] from x[positions, channels]. What a channel comes to does not depend on those beside it.
  func pool(
    _ x: UnsafePointer<Float>, positions: Int, channels: Int, into y: UnsafeMutablePointer<Float>, kernels: KernelTable
  ) {
    (isMean ? kernels.globalAverage : kernels.globalMaximum)(x, positions, channels, y)
  }
}
