import AblateModel
import AblateRuntime

/// The channels of a layer that one step pools over all positions, in front of the chain that the model ends in: a replaced channel is one
/// replaced value behind the pooling, where bounds are known.
struct PooledChannels: Sendable {
  let point: Int
  /// What pooling makes of each channel's replacement: [units], with room up to a multiple of 16.
  let values: Buffer<Float>

  /// nil if something else follows the layer.
  ///
  /// - Parameter fixed: the replacement of each channel.
  init?(model: Model, layer: Int, fixed: Buffer<Float>) throws(AblateError) {
    let point = model.point(behindLayer: layer)
    let readers = model.steps.indices.filter { model.sources[$0].contains(point) }
    guard readers.count == 1, readers[0] + 1 >= model.chainStart, readers[0] + 1 < model.steps.count,
      case .operation(let operation) = model.steps[readers[0]],
      operation.shape.channels == model.layers[layer].units
    else { return nil }
    let shape = model.layers[layer].shape
    let image = try Buffer<Float>(count: shape.count)
    for position in 0..<shape.positions {
      (image.pointer + position * shape.channels).copy(from: fixed.pointer, count: shape.channels)
    }
    values = try Buffer(count: RowStride.padded(shape.channels))
    switch operation.kind {
    case .globalAverage: model.kernels.globalAverage(image.pointer, shape.positions, shape.channels, values.pointer)
    case .globalMaximum: model.kernels.globalMaximum(image.pointer, shape.positions, shape.channels, values.pointer)
    default: return nil
    }
    self.point = readers[0] + 1
  }
}
