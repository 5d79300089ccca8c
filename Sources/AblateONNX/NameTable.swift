import AblateRuntime
import CONNX

/// Numbers for the names of a file's values: equal names, equal numbers.
///
/// Sorted, not hashed: no choice of names makes it slow.
struct NameTable {
  private let sorted: [Bytes]

  init(_ names: [Bytes]) throws(AblateError) {
    var unique: [Bytes] = []
    let order = try SortedIndices(count: names.count)
    order.sort { Self.compare(names[$0], names[$1]) < 0 }
    for rank in names.indices {
      let name = names[order[rank]]
      if let last = unique.last, Self.compare(last, name) == 0 { continue }
      unique.append(name)
    }
    sorted = unique
  }

  var count: Int { sorted.count }

  func name(_ number: Int) -> Bytes { sorted[number] }

  func number(of name: Bytes) -> Int? {
    var low = 0
    var high = sorted.count
    while low < high {
      let middle = (low + high) / 2
      let order = Self.compare(sorted[middle], name)
      if order == 0 { return middle }
      if order < 0 { low = middle + 1 } else { high = middle }
    }
    return nil
  }

  private static func compare(_ left: Bytes, _ right: Bytes) -> Int {
    let (a, b) = (left.values, right.values)
    let common = min(a.count, b.count)
    for index in 0..<common where a[index] != b[index] { return a[index] < b[index] ? -1 : 1 }
    return a.count - b.count
  }
}
