import AblateRuntime

/// Numbers of rows, in several cells per item. Most items of most blocks change nothing: their cells are not visited.
final class ItemCells {
  /// [items, width]
  let counts: Buffer<Int64>
  private let width: Int

  init(itemCount: Int, width: Int) throws(AblateError) {
    counts = try Buffer(rows: itemCount, columns: width)
    self.width = width
  }

  /// [width]
  @inline(__always)
  subscript(item: Int) -> UnsafeMutablePointer<Int64> { counts.pointer + item * width }

  func add(item: Int, of other: ItemCells) {
    let own = self[item]
    let others = other[item]
    for cell in 0..<width { own[cell] &+= others[cell] }
  }

  func reset(item: Int) { self[item].update(repeating: 0, count: width) }
}
