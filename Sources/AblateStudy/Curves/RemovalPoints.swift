import AblateRuntime

/// Numbers of units removed at which a study looks.
enum RemovalPoints {
  /// Points as asked for, or all from 0 to `most`.
  ///
  /// - Parameters:
  ///   - most: how many units can go.
  ///   - what: what an error calls them, after their number.
  /// - Throws: `invalidArgument` unless the points ascend and are at most `most`.
  static func checked(_ points: [Int]?, most: Int, _ what: StaticString) throws(AblateError) -> [Int] {
    guard let points else { return Array(0...most) }
    if points.isEmpty { throw AblateError(.invalidArgument, "the list of points is empty") }
    for (index, point) in points.enumerated()
    where point < 0 || point > most || (index > 0 && point <= points[index - 1]) {
      throw AblateError(
        .invalidArgument,
        "point \(index) is \(UInt(bitPattern: point)): points must ascend and be at most the \(most) \(what)")
    }
    return points
  }
}
