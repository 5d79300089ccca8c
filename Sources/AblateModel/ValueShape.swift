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

  /// The axes of rows of [channels, height, width] or [channels, width]; nil for others.
  static func image(ofInput shape: [Int]) -> ValueShape? {
    guard shape.count == 2 || shape.count == 3 else { return nil }
    return ValueShape(height: shape.count == 3 ? shape[1] : 1, width: shape[shape.count - 1], channels: shape[0])
  }

  /// Whether its values are in the same order with the channels first.
  package var isSameChannelsFirst: Bool { channels == 1 || positions == 1 }

  /// Writes where each value of [rows, columns] is in [columns, rows]. Without divisions, which there would be two of for each of many
  /// values.
  package static func writeTransposition(rows: Int, columns: Int, into table: UnsafeMutablePointer<Int32>) {
    var target = table
    for row in 0..<rows {
      for column in 0..<columns {
        target.pointee = Int32(truncatingIfNeeded: column * rows + row)
        target += 1
      }
    }
  }

  /// Where value `index` of [height, width, channels] is in [channels, height, width].
  package func placeChannelsFirst(_ index: Int) -> Int { index % channels * positions + index / channels }

  /// Where value `index` of [channels, height, width] is in [height, width, channels].
  package func placeChannelsLast(_ index: Int) -> Int { index % positions * channels + index / positions }

  /// y[channels, height, width] = x[height, width, channels]
  func copyChannelsFirst(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>) {
    for channel in 0..<channels {
      for position in 0..<positions { y[channel * positions + position] = x[position * channels + channel] }
    }
  }

  /// y[height, width, channels] = x[channels, height, width]
  @_optimize(speed)
  func copyChannelsLast(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, positions chosen: Range<Int>
  ) {
    if channels == 3 { return copyColoursLast(x, into: y, positions: chosen) }
    var first = chosen.lowerBound
    while first < chosen.upperBound {
      let block = first..<min(first + Self.blockPositions, chosen.upperBound)
      for channel in 0..<channels {
        let source = x + channel * positions
        let target = y + channel
        for position in block { target[position * channels] = source[position] }
      }
      first = block.upperBound
    }
  }

  /// The same for three channels: the compiler makes vectors of it.
  @inline(never)
  @_optimize(speed)
  private func copyColoursLast(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, positions chosen: Range<Int>
  ) {
    let (second, third) = (x + positions, x + 2 * positions)
    for position in chosen {
      let target = y + 3 &* position
      target[0] = x[position]
      target[1] = second[position]
      target[2] = third[position]
    }
  }

  /// Positions whose values stay in the first-level cache while there are up to about a hundred channels.
  private static var blockPositions: Int { 64 }
}
