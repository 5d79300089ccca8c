/// A run that starts at points other than the input: what it computes, and what it reads besides.
public struct Restart: Sendable {
  /// Of each step, whether it has to be computed.
  package let isComputed: [Bool]
  /// The points that are not computed, and that steps which are do read.
  package let carried: [Int]

  /// - Parameters:
  ///   - points: whose values change, ascending; the run starts at the first.
  ///   - layers: others behind it that are computed even if they do not depend on it.
  ///   - given: steps that depend on it, whose values are written before the run.
  package init(model: Model, points: [Int], and layers: [Int] = [], given: [Int] = []) {
    let count = model.steps.count
    let start = points.first ?? count
    var changes = Array(repeating: false, count: count + 1)
    var isComputed = Array(repeating: false, count: count)
    var isCarried = Array(repeating: false, count: count + 1)
    for layer in layers { isComputed[model.stepOfLayer[layer]] = true }
    for point in points { changes[point] = true }
    for step in start..<count {
      guard isComputed[step] || model.sources[step].contains(where: { changes[$0] }) else { continue }
      changes[step + 1] = true
      isComputed[step] = !given.contains(step)
      if !isComputed[step] { continue }
      for source in model.sources[step]
      where source != start && (source == 0 || !isComputed[source - 1] && !given.contains(source - 1)) {
        isCarried[source] = true
      }
    }
    self.isComputed = isComputed
    carried = isCarried.indices.filter { isCarried[$0] }
  }
}
