import AblateRuntime

/// How rows are cut into blocks that go through all steps at once.
package struct BlockPlan {
  /// Rows of a full block: as many as keep the activations in the second-level cache, but enough to read the weights seldom.
  package let blockRows: Int
  private let multiplyAddsPerRow: Int

  package init(model: Model) { self.init(model: model, front: nil) }

  init(model: Model, front: FrontSteps?) {
    multiplyAddsPerRow = model.layers.reduce(0) { $0 + $1.multiplyAdds }
    if let front {
      blockRows = front.rows
      return
    }
    let floatsPerRow = model.shapes.dropFirst().reduce(0) { $0 + RowStride.padded($1.count) }
    blockRows = Self.blockRows(
      floatsPerRow: floatsPerRow, least: max(1, min(Self.smallestBlock, Self.mostFloats / floatsPerRow)))
  }

  /// As many rows as stay in the second-level cache, whole tiles of them, but at least some.
  package static func blockRows(floatsPerRow: Int, least: Int) -> Int {
    max(least, min(activationFloats / max(floatsPerRow, 1) / rowGrain * rowGrain, largestBlock))
  }

  /// Rows per block for a run of `rows` rows: about equally many blocks for each thread, or full ones where waking threads would cost more than they
  /// save.
  func rowsPerBlock(rows: Int, threads: Int) -> Int {
    if threads == 1 || multiplyAddsPerRow < Self.worthThreads / max(rows, 1) { return blockRows }
    let rounds = max(1, (rows + threads * blockRows - 1) / (threads * blockRows))
    let share = max(1, (rows + rounds * threads - 1) / (rounds * threads))
    let isGrained = rounds > 1 && blockRows % Self.rowGrain == 0
    return isGrained ? (share + Self.rowGrain - 1) / Self.rowGrain * Self.rowGrain : share
  }

  private static let activationFloats = 64 * 1024
  private static let smallestBlock = 96
  /// Of images, fewer rows than that: a thread's memory stays small.
  static let mostFloats = 8 << 20
  private static let largestBlock = 240
  /// A multiple of the tile heights of all kernels.
  private static let rowGrain = 12
  /// Multiply-adds that take about 50 microseconds on one core.
  private static let worthThreads = 2_000_000
}
