/// The axes of a row's values at one point of a model, in the order they have in memory: [height, width, channels].
///
/// Values without positions, those of dense layers among them, are all channels.
public struct ValueShape: Equatable, Sendable {
  public let height: Int
  public let width: Int
  public let channels: Int

  public init(height: Int, width: Int, channels: Int) {
    self.height = height
    self.width = width
    self.channels = channels
  }

  static func flat(_ count: Int) -> ValueShape { ValueShape(height: 1, width: 1, channels: count) }

  public var positions: Int { height * width }
  public var count: Int { positions * channels }

  /// y[channels, height, width] = x[height, width, channels]
  func copyChannelsFirst(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>) {
    for channel in 0..<channels {
      for position in 0..<positions { y[channel * positions + position] = x[position * channels + channel] }
    }
  }

  /// y[height, width, channels] = x[channels, height, width]
  @_optimize(speed)
  func copyChannelsLast(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>) {
    var target = y
    for position in 0..<positions {
      var source = x + position
      for _ in 0..<channels {
        target.pointee = source.pointee
        target += 1
        source += positions
      }
    }
  }
}
