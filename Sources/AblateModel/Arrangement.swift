import AblateRuntime

/// y_i = x_s(i), or a constant: other orders of axes, parts of axes, padding.
public final class Arrangement: Sendable {
  /// [values]: where each comes from; -1 for the constant.
  package let sources: Buffer<Int32>
  public let fill: Float
  /// Whether it gives an image, stored [channels, height, width], as [height, width, channels]: inputs mostly start so.
  let isChannelsLast: Bool

  package init(sources: Buffer<Int32>, fill: Float, shape: ValueShape) {
    self.sources = sources
    self.fill = fill
    isChannelsLast = Self.isChannelsLast(sources.pointer, shape)
  }

  private static func isChannelsLast(_ sources: UnsafePointer<Int32>, _ shape: ValueShape) -> Bool {
    for position in 0..<shape.positions {
      let own = sources + position * shape.channels
      for channel in 0..<shape.channels where Int(own[channel]) != channel * shape.positions + position { return false }
    }
    return true
  }
}
