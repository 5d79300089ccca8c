import AblateModel
import AblateRuntime

/// Where each value of a row comes from: from the values of another, or it is a constant.
final class Arranged {
  /// [values]: the place of each in the source's row; -1 for the constant.
  let sources: Buffer<Int32>
  let fill: Float
  /// Of the result.
  let shape: ValueShape

  init(sources: Buffer<Int32>, fill: Float, shape: ValueShape) {
    self.sources = sources
    self.fill = fill
    self.shape = shape
  }

  /// Each value from its own place.
  static func inPlace(_ count: Int, _ source: Source) throws(AblateError) -> Arranged {
    let sources = try source.buffer(Int32.self, count: count)
    for index in 0..<count { sources.pointer[index] = Int32(truncatingIfNeeded: index) }
    return Arranged(sources: sources, fill: 0, shape: ValueShape(height: 1, width: 1, channels: count))
  }

  /// Whether each value is from its own place.
  var isUnmoved: Bool {
    var index = 0
    while index < sources.count && sources.pointer[index] == Int32(truncatingIfNeeded: index) { index += 1 }
    return index == sources.count
  }

  /// The same of what an earlier one gives.
  func after(_ earlier: Arranged, _ source: Source) throws(AblateError) -> Arranged? {
    let sources = try source.buffer(Int32.self, count: self.sources.count)
    var common: Float?
    for index in 0..<sources.count {
      let place = self.sources.pointer[index]
      sources.pointer[index] = place < 0 ? -1 : earlier.sources.pointer[Int(place)]
      if sources.pointer[index] >= 0 { continue }
      let own = place < 0 ? self.fill : earlier.fill
      if common ?? own != own { return nil }
      common = own
    }
    return Arranged(sources: sources, fill: common ?? fill, shape: shape)
  }
}
