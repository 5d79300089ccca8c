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
    isChannelsLast = (0..<shape.count).allSatisfy { Int(sources.pointer[$0]) == shape.placeChannelsFirst($0) }
  }
}
