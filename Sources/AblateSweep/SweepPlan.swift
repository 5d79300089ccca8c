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
  /// Of each point [inputs, padded units], the weights behind it by input: of the inputs of the output layer, or of all points for changes
  /// that accumulate; else nil.
  let outgoing: [Buffer<Float>?]
  /// [inputs, padded units]: the same of the inputs of the output layer, where its values are the scores.
  let scoreWeights: Buffer<Float>?
  /// Where its inputs are replaced.
  let lastHidden: LastHiddenLayer?

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
    let asksForPredictionsAlone = metrics.isSubset(of: .ofPredictions) && model.classCount > 0
    if asksForPredictionsAlone, let first = chained.first {
      certificate = try Certificate(
        model: model, first: first, origin: kind.origin ?? first,
        largestReplacement: kind.largestReplacement, replacesScores: kind.secondPoint == model.steps.count)
      for point in chained where kind.changesAccumulate || point == model.steps.count - 1 {
        outgoing[point] = try Self.outgoingWeights(model, point: point)
      }
    } else {
      certificate = nil
    }
    self.outgoing = outgoing
    scoreWeights = model.layers.last?.activation == .identity ? outgoing[model.steps.count - 1] : nil
    let hasLeads = certificate != nil && points.contains(model.steps.count - 2)
    lastHidden = hasLeads ? try LastHiddenLayer(model: model) : nil
    channelUpdates = asksForPredictionsAlone ? try Self.channelUpdates(of: kind, model: model) : []
  }

  /// nil if the step behind the point is not dense.
  private static func outgoingWeights(_ model: Model, point: Int) throws(AblateError) -> Buffer<Float>? {
    guard point < model.steps.count, case .dense(let index) = model.steps[point] else { return nil }
    let layer = model.layers[index]
    let stride = RowStride.padded(layer.units)
    let result = try Buffer<Float>(rows: layer.inputs, columns: stride)
    // Some inputs at a time, whose rows stay near.
    for first in Swift.stride(from: 0, to: layer.inputs, by: 16) {
      for unit in 0..<layer.units {
        for input in first..<min(first + 16, layer.inputs) {
          result.pointer[input * stride + unit] = layer.weights.pointer[unit * layer.inputs + input]
        }
      }
    }
    return result
  }

  private static func channelUpdates(
    of kind: any SweepKind, model: Model
  ) throws(AblateError) -> [UpdateBounds?] {
    var updates: [ChannelUpdate?] = Array(repeating: nil, count: model.layers.count)
    // Two layers can be replaced at one point, where there is one bound for both.
    var largest: [Float] = Array(repeating: 0, count: model.steps.count + 1)
    for layer in model.layers.indices {
      guard let replaced = kind.replacedChannels(ofLayer: layer),
        let update = try ChannelUpdate(model: model, replaced)
      else { continue }
      updates[layer] = update
      largest[replaced.point] = Magnitude.larger(largest[replaced.point], replaced.largestMagnitude)
    }
    guard let first = updates.compactMap({ $0?.replaced.point }).min() else { return [] }
    let reach = try LeadReach(model: model, first: first)
    return updates.map { update in
      update.map {
        UpdateBounds(model: model, $0, reach, largestReplacement: Double(largest[$0.replaced.point]))
      }
    }
  }

  /// One of each point where channels are replaced.
  var channelUpdatesOfPoints: [UpdateBounds] {
    var ofPoints: [UpdateBounds?] = Array(repeating: nil, count: model.steps.count + 1)
    for case let bounds? in channelUpdates { ofPoints[bounds.update.replaced.point] = bounds }
    return ofPoints.compactMap { $0 }
  }

  /// - Parameter isMoved: see `Tally`.
  func makeTally(isMoved: Bool = false) throws(AblateError) -> Tally {
    try Tally(
      model: model, itemCount: kind.itemCount, metrics: metrics, changedRowLimit: changedRowLimit, isMoved: isMoved)
  }
}
