/// How the units of a layer and then all pairs of them, by the first and then by the second, are numbered as items.
struct UnitPairs {
  let units: Int

  var itemCount: Int { units + units * (units - 1) / 2 }

  /// Where the pairs of a unit with later ones start.
  private func start(of unit: Int) -> Int { units + unit * (2 * units - unit - 1) / 2 }

  /// Of two different units in any order.
  func index(of unit: Int, _ other: Int) -> Int {
    let first = min(unit, other)
    return start(of: first) + max(unit, other) - first - 1
  }

  /// The units of an item that is a pair, the first below the second; nil for others.
  func parts(of index: Int) -> (first: Int, second: Int)? {
    if index < units { return nil }
    var low = 0
    var high = units - 1
    while high - low > 1 {
      let middle = (low + high) / 2
      if start(of: middle) <= index { low = middle } else { high = middle }
    }
    return (low, low + 1 + index - start(of: low))
  }
}
