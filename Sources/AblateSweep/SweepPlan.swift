import AblateModel
import AblateRuntime

/// What the threads of a sweep share: its kind, what is asked for, and what can be proven.
final class SweepPlan: Sendable {
  let model: Model
  let kind: any SweepKind
  /// The points of the kind, each once, ascending.
  let points: [Int]
  let metrics: Metrics
  /// nil where more than predictions is asked for, which no bound can give.
  let certificate: Certificate?
  /// Of each layer, how the convolutions behind it are updated with some of its channels; empty where more than predictions is asked for.
  let channelUpdates: [UpdateBounds?]
  /// Of each point with a dense step behind it where values are replaced: the weights by input.
  let outgoing: [Buffer<Float>?]

  let changedRowLimit: Int

  init(model: Model, kind: any SweepKind, metrics: Metrics, changedRowLimit: Int) throws(AblateError) {
    self.changedRowLimit = changedRowLimit
    self.model = model
    self.kind = kind
    let named = kind.points
    points = (0...model.steps.count).filter { named.contains($0) }
    self.metrics = metrics
    var outgoing: [Buffer<Float>?] = Array(repeating: nil, count: model.steps.count + 1)
    let chained = points.filter { $0 >= model.chainStart }
    if metrics.isSubset(of: .ofPredictions), model.classCount > 0, let first = chained.first {
      certificate = try Certificate(
        model: model, first: first, origin: kind.origin ?? first,
        largestReplacement: kind.largestReplacement, replacesScores: kind.secondPoint == model.steps.count)
      for point in chained { outgoing[point] = try UpdatedRows.outgoingWeights(model, point: point) }
    } else {
      certificate = nil
    }
    self.outgoing = outgoing
    channelUpdates =
      metrics.isSubset(of: .ofPredictions) && model.classCount > 0
      ? try Self.channelUpdates(of: kind, model: model) : []
  }

  private static func channelUpdates(
    of kind: any SweepKind, model: Model
  ) throws(AblateError) -> [UpdateBounds?] {
    let updates = try kind.channelUpdates()
    guard let first = updates.compactMap({ $0?.replaced.point }).min() else { return [] }
    let reach = try LeadReach(model: model, first: first)
    // Two layers can be replaced at one point, where there is one bound for both.
    return updates.map { update in
      update.map { own in
        let largest = updates.reduce(0) { largest, other in
          guard let other, other.replaced.point == own.replaced.point, !largest.isNaN else { return largest }
          let magnitude = Double(other.replaced.largestMagnitude)
          return magnitude <= largest ? largest : magnitude
        }
        return UpdateBounds(model: model, own, reach, largestReplacement: largest)
      }
    }
  }

  /// - Parameter isMoved: see `Tally`.
  func makeTally(isMoved: Bool = false) throws(AblateError) -> Tally {
    try Tally(
      model: model, itemCount: kind.itemCount, metrics: metrics, changedRowLimit: changedRowLimit, isMoved: isMoved)
  }
}
