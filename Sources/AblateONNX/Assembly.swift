import AblateModel
import AblateRuntime

/// Puts the steps of a model together from the stages that its scores need.
struct Assembly {
  /// What is read of a stage: its values after a scaling and an expression.
  private struct View {
    let rows: Rows
    var readers = 0
    /// The point that has it.
    var point = 0

    func isSame(as other: Rows) -> Bool { rows.affine === other.affine && rows.expression == other.expression }
  }

  private(set) var plan: Plan
  /// Of each stage, what is read of it; empty if nothing needs it.
  private var views: [[View]]
  private let stages: [Stage]

  /// - Parameter keepsApart: whether what was `computed` on purpose stays a step of its own: in files of ours.
  init(_ stages: [Stage], scores: Rows, source: Source, keepsApart: Bool) throws(AblateError) {
    self.stages = stages
    plan = Plan(source: source)
    views = Array(repeating: [], count: stages.count)
    try read(scores)
    for stage in stages.indices.reversed() where !views[stage].isEmpty {
      for rows in stages[stage].sources { try read(rows) }
    }
    let count = views.reduce(0) { $0 + ($1.isEmpty ? 0 : 1) }
    guard count <= Self.stepLimit else { throw Self.tooMany(count) }
    for stage in stages.indices where !views[stage].isEmpty {
      var (base, joins) = add(stages[stage], keepsApart)
      // A scaling that all readers share comes once, and can join the step in front of it.
      let shared = views[stage][0].rows.affine
      let isShared = views[stage].allSatisfy { $0.rows.affine === shared }
      if isShared { try plan.add(shared, at: &base, &joins) }
      joins = joins && views[stage].count == 1
      for index in views[stage].indices {
        let rows = views[stage][index].rows
        var (point, isOnly) = (base, joins)
        if !isShared { try plan.add(rows.affine, at: &point, &isOnly) }
        views[stage][index].point = try plan.add(expressionOf: rows, at: point, joins: isOnly)
      }
    }
  }

  /// Names of steps are compared with each other, so their number must stay small.
  private static let stepLimit = 10_000

  private static func tooMany(_ count: Int) -> AblateError {
    AblateError(.unsupported, "the model has \(count) steps: \(Self.stepLimit) are supported")
  }

  private mutating func read(_ rows: Rows) throws(AblateError) {
    var index = 0
    guard views[rows.stage].count <= Self.stepLimit else { throw Self.tooMany(views[rows.stage].count) }
    while index < views[rows.stage].count, !views[rows.stage][index].isSame(as: rows) { index += 1 }
    if index == views[rows.stage].count { views[rows.stage].append(View(rows: rows)) }
    views[rows.stage][index].readers += 1
  }

  private func view(_ rows: Rows) -> View? { views[rows.stage].first { $0.isSame(as: rows) } }

  /// - Returns: the point of the stage's values, and whether nothing but the stage reads it.
  private mutating func add(_ stage: Stage, _ keepsApart: Bool) -> (point: Int, joins: Bool) {
    let sources = stage.sources.map { view($0)?.point ?? 0 }
    switch stage.kind {
    case .input: return (0, true)
    case .computed:
      if keepsApart { plan.close(sources[0]) }
      return (sources[0], view(stage.sources[0])?.readers == 1)
    case .layer(let layer):
      let kind = Plan.Kind.layer(layer, scale: Coefficients(1), offset: Coefficients(0), .identity)
      return (plan.add(kind, from: sources), true)
    default: return (plan.add(.operation(stage, .identity), from: sources), true)
    }
  }
}
