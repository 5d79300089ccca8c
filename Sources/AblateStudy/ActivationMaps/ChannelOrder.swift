import AblateModel
import AblateRuntime

/// Which channels go, and in which order: by the weights by which a class reads them, the lower channel first among equals.
public enum ChannelOrder: Sendable {
  /// The largest weight first.
  case highestWeight
  /// The smallest weight first: the most negative.
  case lowestWeight
  /// Those with weights outside `low` to `high`, the farthest first; a weight at an end of the window stays.
  case outside(low: Float, high: Float)
  case given([Int])

  /// - Throws: `invalidArgument`
  func channels(_ weights: UnsafeBufferPointer<Float>) throws(AblateError) -> [Int] {
    switch self {
    case .highestWeight: return Self.sorted(Array(weights.indices)) { -weights[$0] }
    case .lowestWeight: return Self.sorted(Array(weights.indices)) { weights[$0] }
    case .outside(let low, let high):
      guard low <= high else {
        throw AblateError(
          .invalidArgument, "the window of weights is empty: its low end must not be above its high end")
      }
      return Self.sorted(weights.indices.filter { weights[$0] < low || weights[$0] > high }) {
        weights[$0] < low ? weights[$0] - low : high - weights[$0]
      }
    case .given(let list):
      var isListed = Array(repeating: false, count: weights.count)
      for channel in list {
        guard weights.indices.contains(channel), !isListed[channel] else {
          throw AblateError(
            .invalidArgument,
            "channel \(UInt(bitPattern: channel)) is listed twice or out of range: there are \(weights.count)")
        }
        isListed[channel] = true
      }
      return list
    }
  }

  private static func sorted(_ channels: [Int], _ key: (Int) -> Float) -> [Int] {
    channels.sorted { key($0) != key($1) ? key($0) < key($1) : $0 < $1 }
  }
}

extension MapSource {
  /// The channels that go for a class, in their order.
  public func channels(
    _ order: ChannelOrder, class index: Int, mask: Mask? = nil
  ) throws(AblateError) -> [Int] {
    let weights = try Buffer<Float>(count: shape.channels)
    try copyWeights(class: index, mask: mask, into: weights.pointer)
    return try order.channels(UnsafeBufferPointer(start: weights.pointer, count: weights.count))
  }
}
