import AblateModel
import AblateRuntime

/// What the threads of a profile share.
final class ProfilePlan: Sendable {
  let model: Model
  let layers: [Int]
  let measures: ProfileMeasures
  /// 1 where classes do not matter.
  let classCount: Int
  /// Of each layer of the list; empty where there are no levels.
  let edges: [LevelEdges]
  /// 0 without histograms.
  let bins: Int
  /// Of each layer of the list; empty without histograms.
  let ranges: [(low: Double, high: Double)]
  /// 0 without top rows.
  let topRowLimit: Int
  let gradients: GradientPlan?
  let positions: PositionSummary

  init(model: Model, options: Profile.Options) throws(AblateError) {
    let layers = options.layers ?? Array(0..<model.outputLayer)
    let measures = options.measures
    guard options.layers != nil || !layers.isEmpty else {
      throw AblateError(.invalidArgument, "the model has no hidden layer: name the layers to profile")
    }
    try model.requireDistinct(layers: layers)
    guard measures.isSubset(of: .all) else {
      throw AblateError(.invalidArgument, "measures has unknown bits: \(measures.rawValue)")
    }
    if measures.needLabels && model.classCount == 0 {
      throw AblateError(
        .unsupported,
        "class means, information and Taylor measures need a model that puts each row into one class; this one does not"
      )
    }
    self.model = model
    self.layers = layers
    positions = options.positions
    self.measures = measures
    classCount = measures.isDisjoint(with: [.classMeans, .information]) ? 1 : model.classCount
    edges = measures.needLevels ? try options.quantiser.resolved(model: model, layers: layers) : []
    var ranges: [(low: Double, high: Double)] = []
    if measures.contains(.histogram) {
      try Self.require(options.bins, "options.histogram_bins")
      for layer in layers {
        ranges.append(try model.activationRange(ofLayer: layer, options.histogramRange, of: "histogram"))
      }
    }
    self.ranges = ranges
    bins = ranges.isEmpty ? 0 : options.bins
    if measures.contains(.topRows) { try Self.require(options.topRowLimit, "options.top_row_limit") }
    topRowLimit = measures.contains(.topRows) ? options.topRowLimit : 0
    gradients = measures.contains(.taylor) ? try GradientPlan(model: model, layers: layers) : nil
  }

  private static func require(_ count: Int, _ argument: StaticString) throws(AblateError) {
    guard count >= 1, count <= 1 << 16 else {
      throw AblateError(.invalidArgument, "\(argument) is \(UInt(bitPattern: count)): 1 to 2^16 are possible")
    }
  }

  /// The steps whose values are needed.
  var steps: Range<Int> {
    if gradients != nil { return 0..<model.steps.count }
    return 0..<(layers.reduce(0) { max($0, model.stepOfLayer[$1]) } + 1)
  }

  func makeTallies() throws(AblateError) -> [LayerTally] {
    var tallies: [LayerTally] = []
    for place in layers.indices { tallies.append(try LayerTally(plan: self, place: place)) }
    return tallies
  }
}
