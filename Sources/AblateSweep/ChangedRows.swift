import AblateRuntime

/// Of each item, the numbers of the first rows whose prediction it changes: the lowest ones, whatever order they come in.
final class ChangedRows {
  /// The most rows kept per item.
  let limit: Int
  private let counts: Buffer<Int64>
  /// [items, limit], ascending.
  private let rows: Buffer<Int64>

  init(itemCount: Int, limit: Int) throws(AblateError) {
    self.limit = limit
    counts = try Buffer(count: itemCount)
    rows = try Buffer(rows: itemCount, columns: limit)
  }

  /// What a damaged file claims does not go beyond the limit.
  func count(_ item: Int) -> Int { min(limit, max(0, Int(counts.pointer[item]))) }

  /// Ascending, `count` of them.
  func rows(_ item: Int) -> UnsafePointer<Int64> { UnsafePointer(rows.pointer + item * limit) }

  func add(_ row: Int64, to item: Int) {
    let own = rows.pointer + item * limit
    var position = count(item)
    if position == limit {
      if row >= own[limit - 1] { return }
      position -= 1
    } else {
      counts.pointer[item] = Int64(position + 1)
    }
    while position > 0 && own[position - 1] > row {
      own[position] = own[position - 1]
      position -= 1
    }
    own[position] = row
  }

  func add(_ other: ChangedRows) {
    for item in 0..<counts.count {
      for index in 0..<other.count(item) { add(other.rows(item)[index], to: item) }
    }
  }

  func reset() { counts.pointer.update(repeating: 0, count: counts.count) }

  /// Goes through all counts and all rows, and what `body` leaves in them is what they are.
  func visitCounts(_ body: (inout Int64) -> Void) {
    for item in 0..<counts.count { body(&counts.pointer[item]) }
    for index in 0..<rows.count { body(&rows.pointer[index]) }
  }
}
