import AblateRuntime

/// Names of steps that differ from each other.
///
/// Sorted, not searched one by one: no number of names makes it slow.
struct StepNames {
  private var taken: [(name: String, uses: Int)] = []

  /// The name, with a number behind it if it was given before; "" stays.
  mutating func unique(_ name: String) -> String {
    if name.isEmpty { return name }
    let place = place(of: name)
    if !isTaken(name, at: place) {
      taken.insert((name, 1), at: place)
      return name
    }
    while true {
      taken[place].uses += 1
      let candidate = composed("\(name)_\(taken[place].uses)")
      let own = self.place(of: candidate)
      if !isTaken(candidate, at: own) {
        taken.insert((candidate, 1), at: own)
        return candidate
      }
    }
  }

  /// Where the name is, or belongs.
  private func place(of name: String) -> Int {
    var low = 0
    var high = taken.count
    while low < high {
      let middle = (low + high) / 2
      if taken[middle].name.compareBytes(name) < 0 { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private func isTaken(_ name: String, at place: Int) -> Bool {
    place < taken.count && taken[place].name.hasSameBytes(as: name)
  }
}
