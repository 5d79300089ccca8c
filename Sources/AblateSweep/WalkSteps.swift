import AblateRuntime

/// The steps that walks go at once, as items of a sweep. Walks that start from the same rows are a group, which goes through a block of rows
/// together: rows g * rowsPerWalk up to (g + 1) * rowsPerWalk of a feed are those of group g.
final class WalkSteps: @unchecked Sendable {
  /// [walks, limit]: the unit that each step replaces.
  let units: Buffer<Int32>
  /// The most steps of a walk.
  let limit: Int
  /// How many steps each walk takes in this run.
  var count = 0
  /// The walks of this run, group after group: `groupSize` of them in each, fewer in the last.
  var chosen: [Int] = []
  var groupSize = 1
  private let rowsPerWalk: Int

  init(walks: Int, limit: Int, rowsPerWalk: Int) throws(AblateError) {
    self.limit = limit
    self.rowsPerWalk = rowsPerWalk
    units = try Buffer(rows: walks, columns: limit)
  }

  var groupCount: Int { (chosen.count + groupSize - 1) / groupSize }

  func row(_ row: Int, ofGroup group: Int) -> Int { group * rowsPerWalk + row }

  /// Calls `body` with the items of each walk of the group that a row belongs to.
  func forEachWalk(ofRow row: Int, _ body: (Range<Int>) -> Void) {
    let first = row / rowsPerWalk * groupSize
    for place in first..<min(first + groupSize, chosen.count) {
      let item = chosen[place] * limit
      body(item..<item + count)
    }
  }
}
