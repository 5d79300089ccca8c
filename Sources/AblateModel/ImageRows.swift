import AblateRuntime

/// Pictures of bytes becoming rows of a model: (byte - mean) * scale of each channel, in the order that the model declares.
public struct ImageRows: Sendable {
  /// Of a picture, [height, width, channels]: 1 is grey, 3 red, green and blue, 4 these and an opacity, which is left out.
  private let height: Int
  private let width: Int
  private let channels: Int
  /// Of the model.
  private let ownChannels: Int
  private let isChannelsLast: Bool

  /// - Throws: `invalidArgument` if a picture of that size is no row of the model.
  public init(model: Model, height: Int, width: Int, channels: Int) throws(AblateError) {
    guard channels == 1 || channels == 3 || channels == 4 else {
      throw AblateError(
        .invalidArgument,
        "pictures have \(UInt(bitPattern: channels)) channels: 1 (grey), 3 (RGB) and 4 (RGBA) are possible")
    }
    self.height = height
    self.width = width
    self.channels = channels
    let shape = model.inputShape
    let colours = min(channels, 3)
    // Grey pictures go into all channels of a model that has three.
    for own in colours == 1 ? [1, 3] : [3] {
      let isFirst = shape == [own, height, width]
      let isLast = shape == [height, width, own]
      let isGrey = own == 1 && (shape == [height, width] || Self.isFlat(shape, height, width))
      if isFirst || isLast || isGrey {
        ownChannels = own
        isChannelsLast = !isFirst
        return
      }
    }
    throw AblateError(
      .invalidArgument,
      "pictures of [height, width, channels] [\(UInt(bitPattern: height)), \(UInt(bitPattern: width)), \(channels)] are no rows of the model, whose input shape is [\(shape.map { $0.description }.joined(separator: ", "))]"
    )
  }

  private static func isFlat(_ shape: [Int], _ height: Int, _ width: Int) -> Bool {
    height >= 1 && shape.count == 1 && shape[0] % height == 0 && shape[0] / height == width
  }

  /// Values of `mean` and `scale`.
  public var parameterCount: Int { ownChannels }

  /// Writes x, [rows, input width], from pictures, [rows, height, width, channels].
  ///
  /// - Parameters:
  ///   - mean: [channels of the model], on the scale of bytes; nil for 0.
  ///   - scale: [channels of the model]; nil for 1.
  public func write(
    _ pictures: UnsafePointer<UInt8>, rows: Int, mean: UnsafePointer<Float>?, scale: UnsafePointer<Float>?,
    into x: UnsafeMutablePointer<Float>
  ) {
    let positions = height * width
    for row in 0..<rows {
      let picture = pictures + row * positions * channels
      let target = x + row * positions * ownChannels
      for channel in 0..<ownChannels {
        let source = picture + (channels == 1 ? 0 : channel)
        let (mean, scale) = (mean?[channel] ?? 0, scale?[channel] ?? 1)
        for position in 0..<positions {
          let place = isChannelsLast ? position * ownChannels + channel : channel * positions + position
          target[place] = (Float(source[position * channels]) - mean) * scale
        }
      }
    }
  }
}
