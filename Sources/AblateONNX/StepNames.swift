/// Names of steps that differ from each other.
struct StepNames {
  private var taken: [String] = []

  /// The name, with a number behind it if it was given before; "" stays.
  mutating func unique(_ name: String) -> String {
    if name.isEmpty { return name }
    var candidate = name
    var number = 1
    while taken.contains(where: { $0.utf8.elementsEqual(candidate.utf8) }) {
      number += 1
      candidate = "\(name)_\(number)"
    }
    taken.append(candidate)
    return candidate
  }
}
