import AblateModel
import AblateRuntime

/// The channels of a layer that is pooled, see `ChannelPooling`: a replaced channel is one replaced value.
struct PooledChannels: Sendable {
  let point: Int
  /// What pooling makes of each channel's.
  let replacement: LayerReplacement

  /// nil if something else follows the layer.
  ///
  /// - Parameter fixed: the replacement of each channel.
  init?(model: Model, layer: Int, fixed: Buffer<Float>) throws(AblateError) {
    guard let pooling = ChannelPooling(model: model, layer: layer) else { return nil }
    let shape = model.layers[layer].shape
    let image = try Buffer<Float>(count: shape.count)
    for position in 0..<shape.positions {
      (image.pointer + position * shape.channels).copy(from: fixed.pointer, count: shape.channels)
    }
    let values = try Buffer<Float>(count: RowStride.padded(shape.channels))
    pooling.pool(
      image.pointer, positions: shape.positions, channels: shape.channels, into: values.pointer, kernels: model.kernels)
    replacement = LayerReplacement(layer: layer, fixed: values, units: shape.channels)
    point = pooling.point
  }
}
