import AblateRuntime

/// Of each unit, the rows with its largest activations: largest first, the lowest row number first among equals.
final class TopRows {
  /// The most rows kept per unit.
  let limit: Int
  private let counts: Buffer<Int>
  /// [units, limit]
  private let rows: Buffer<Int64>
  private let values: Buffer<Float>

  init(units: Int, limit: Int) throws(AblateError) {
    self.limit = limit
    counts = try Buffer(count: units)
    rows = try Buffer(rows: units, columns: limit)
    values = try Buffer(rows: units, columns: limit)
  }

  func count(_ unit: Int) -> Int { counts.pointer[unit] }

  /// `count` of them.
  func rows(_ unit: Int) -> UnsafePointer<Int64> { UnsafePointer(rows.pointer + unit * limit) }

  func values(_ unit: Int) -> UnsafePointer<Float> { UnsafePointer(values.pointer + unit * limit) }

  /// Smaller values are not kept.
  func least(_ unit: Int) -> Float {
    counts.pointer[unit] < limit ? -.infinity : values.pointer[unit * limit + limit - 1]
  }

  func add(_ value: Float, row: Int64, to unit: Int) {
    let rows = rows.pointer + unit * limit
    let values = values.pointer + unit * limit
    func isBehind(_ place: Int) -> Bool { values[place] < value || (values[place] == value && rows[place] > row) }
    var place = counts.pointer[unit]
    if place == limit {
      if !isBehind(limit - 1) { return }
      place -= 1
    } else {
      counts.pointer[unit] = place + 1
    }
    while place > 0 && isBehind(place - 1) {
      rows[place] = rows[place - 1]
      values[place] = values[place - 1]
      place -= 1
    }
    rows[place] = row
    values[place] = value
  }

  func add(_ other: TopRows) {
    for unit in 0..<counts.count {
      for place in 0..<other.count(unit) { add(other.values(unit)[place], row: other.rows(unit)[place], to: unit) }
    }
  }

  func reset() { counts.pointer.update(repeating: 0, count: counts.count) }
}
