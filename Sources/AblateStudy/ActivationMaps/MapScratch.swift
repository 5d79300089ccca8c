import AblateModel
import AblateRuntime

/// Makes maps of images, one at a time.
final class MapScratch {
  private let source: MapSource
  private let isUpsampled: Bool
  /// In the model's own resolution.
  private let map: Buffer<Float>

  init(_ source: MapSource, upsampled: Bool) throws(AblateError) {
    self.source = source
    isUpsampled = upsampled
    map = try Buffer(count: source.shape.positions)
  }

  /// Writes [height, width] of an image, [height, width, channels], and the weights of a class, [channels].
  ///
  /// A product of two float32 is exact in float64, so the bits are those of every processor.
  func write(_ image: UnsafePointer<Float>, weights: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>) {
    let shape = source.shape
    let target = isUpsampled ? map.pointer : out
    for position in 0..<shape.positions {
      let values = image + position * shape.channels
      var sum = 0.0
      for channel in 0..<shape.channels { sum += Double(weights[channel]) * Double(values[channel]) }
      target[position] = Float(sum)
    }
    guard isUpsampled, let input = source.input else { return }
    map.pointer.upsample(
      height: shape.height, width: shape.width, into: out, height: input.height, width: input.width)
  }
}

extension UnsafeMutablePointer<Float> {
  /// Bilinear interpolation with half-pixel centres: place i of n lies at (i + 1/2) * length / n - 1/2, at least 0; what lies behind the last
  /// place is that place. PyTorch's interpolate with align_corners=False, ONNX's Resize with half_pixel.
  fileprivate func upsample(
    height: Int, width: Int, into out: UnsafeMutablePointer<Float>, height outHeight: Int, width outWidth: Int
  ) {
    for row in 0..<outHeight {
      let y = Self.place(row, outHeight, height)
      for column in 0..<outWidth {
        let x = Self.place(column, outWidth, width)
        func mixed(_ line: Int) -> Double {
          Double(self[line * width + x.first]) * (1 - x.share) + Double(self[line * width + x.second]) * x.share
        }
        out[row * outWidth + column] = Float(mixed(y.first) * (1 - y.share) + mixed(y.second) * y.share)
      }
    }
  }

  private static func place(_ index: Int, _ count: Int, _ length: Int) -> (first: Int, second: Int, share: Double) {
    let place = max(0, (Double(index) + 0.5) * Double(length) / Double(count) - 0.5)
    let first = min(Int(place), length - 1)
    let second = min(first + 1, length - 1)
    return (first, second, second == first ? 0 : place - Double(first))
  }
}
