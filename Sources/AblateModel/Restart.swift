/// A run that starts at a point other than the input: what it computes, and what it reads besides.
public struct Restart: Sendable {
  /// Of each step, whether it has to be computed.
  let isComputed: [Bool]
  /// The points that do not change, and that steps which do read.
  let carried: [Int]

  /// - Parameter layers: others behind the point that are computed even if they do not depend on it.
  package init(model: Model, point: Int, and layers: [Int] = []) {
    let count = model.steps.count
    var changes = Array(repeating: false, count: count + 1)
    var isComputed = Array(repeating: false, count: count)
    var isCarried = Array(repeating: false, count: count + 1)
    for layer in layers { isComputed[model.stepOfLayer[layer]] = true }
    changes[point] = true
    for step in point..<count {
      guard isComputed[step] || model.sources[step].contains(where: { changes[$0] }) else { continue }
      isComputed[step] = true
      changes[step + 1] = true
      for source in model.sources[step] where !changes[source] { isCarried[source] = true }
    }
    self.isComputed = isComputed
    carried = isCarried.indices.filter { isCarried[$0] }
  }
}
