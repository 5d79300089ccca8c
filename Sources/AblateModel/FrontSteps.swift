import AblateRuntime

/// The first steps of a network of large images, which rows go through one by one, before many go through the rest at once.
///
/// In front there are many values and few weights: those of one image stay in the cache. Behind it is the other way round, and weights that
/// do not fit into the cache are read once for many images.
struct FrontSteps {
  let count: Int
  /// How many rows go through the rest at once.
  let rows: Int

  /// nil where it is best to run all steps with as many rows as there is room for.
  init?(model: Model) {
    let values = model.shapes.dropFirst().map { RowStride.padded($0.count) }
    guard values.reduce(0, +) > BlockPlan.mostFloats / Self.fewRows else { return nil }
    let best = Self.cheapestCut(of: model, costs: Self.costs(of: model, values))
    guard best < model.steps.count else { return nil }
    let behind = values[best...].reduce(0, +)
    let rows = min(Self.mostRows, BlockPlan.mostFloats / behind, Self.mostFloatsOfSlot / (values.max() ?? 1))
    guard rows > 1 else { return nil }
    count = best
    self.rows = rows
  }

  /// What is read anew for each row if the front ends at a point: the weights in front of it, and the values behind.
  private static func costs(of model: Model, _ values: [Int]) -> [Int] {
    var costs: [Int] = [0]
    for step in model.steps.indices {
      let moved = values[step] + model.sources[step].reduce(0) { $0 + model.shapes[$1].count }
      costs[0] += costOfValue * moved
      costs.append(weights(of: step, in: model) - costOfValue * moved)
    }
    for step in model.steps.indices { costs[step + 1] += costs[step] }
    return costs
  }

  /// The point where the front costs least, the last one if nowhere less than there.
  private static func cheapestCut(of model: Model, costs: [Int]) -> Int {
    var best = model.steps.count
    var firstRead = best
    for point in model.steps.indices.dropFirst().reversed() {
      // The front ends where all that comes behind reads nothing else of what is in front.
      firstRead = min(firstRead, model.sources[point].min() ?? firstRead)
      if firstRead == point, costs[point] < costs[best] { best = point }
    }
    return best
  }

  private static func weights(of step: Int, in model: Model) -> Int {
    switch model.steps[step] {
    case .dense(let layer), .convolution(let layer): model.layers[layer].weightValues.count
    default: 0
    }
  }

  /// In weights, which are read once and in their order. Measured: ResNet-50, ResNet-18, EfficientNet-Lite0 and MobileNetV2 are slower with 6
  /// and 12, eight images at a time.
  private static let costOfValue = 3
  /// Networks of which so many rows fit into the memory of a block run whole.
  private static let fewRows = 16
  private static let mostRows = 8
  private static let mostFloatsOfSlot = 24 << 20
}
