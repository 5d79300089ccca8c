/// Names of steps that differ from each other.
struct StepNames {
  private var taken: [(name: String, uses: Int)] = []

  /// The name, with a number behind it if it was given before; "" stays.
  mutating func unique(_ name: String) -> String {
    if name.isEmpty { return name }
    guard let first = place(of: name) else {
      taken.append((name, 1))
      return name
    }
    var candidate: String
    repeat {
      taken[first].uses += 1
      candidate = "\(name)_\(taken[first].uses)"
    } while place(of: candidate) != nil
    taken.append((candidate, 1))
    return candidate
  }

  private func place(of name: String) -> Int? { taken.firstIndex { $0.name.utf8.elementsEqual(name.utf8) } }
}
