import AblateModel
import AblateRuntime

/// Walks along orders of units of several layers, or of channels, as `WalkKind` has them for the values of the input. What a step changes is
/// run from its layer on, with what was replaced before it. One thread's: it keeps the values of a block.
final class LayeredWalkKind: SweepKind, @unchecked Sendable {
  private let steps: WalkSteps
  /// Behind the layers, ascending.
  private let walked: [Int]
  /// Of each of them, the number of its first unit among those of all.
  private let firsts: [Int]
  private let replacements: Buffer<Float>
  private let run: CumulativeRun
  private let reader: OutcomeReader
  private let outcomes: RowOutcomes

  /// - Parameters:
  ///   - points: behind the layers, ascending; 0 if their activations are the input.
  ///   - replacements: of all units, layer by layer.
  init(
    model: Model, points: [Int], replacements: Buffer<Float>, steps: WalkSteps, metrics: Metrics, capacity: Int
  ) throws(AblateError) {
    self.steps = steps
    walked = points
    self.replacements = replacements
    var firsts: [Int] = []
    var first = 0
    for point in points {
      firsts.append(first)
      first += model.shapes[point].channels
    }
    self.firsts = firsts
    run = try CumulativeRun(model: model, points: points, capacity: capacity)
    reader = try OutcomeReader(model: model, metrics: metrics, capacity: capacity)
    outcomes = try RowOutcomes(measures: reader.measures.perRow, capacity: capacity)
  }

  var itemCount: Int { steps.units.count }

  func item(_ index: Int) -> SweepItem { SweepItem(unit: Int(steps.units.pointer[index])) }

  /// Nothing: walks are not saved.
  func identify(_ fingerprint: inout Fingerprint) {}

  /// None: nothing is proven from what changes at a point.
  var points: [Int] { [] }

  var largestReplacement: Float { 0 }

  func visit(_ worker: SweepWorker) {
    steps.forEachWalk(ofRow: worker.block.firstRow) { items in
      run.start(worker.block.executor, rows: worker.block.rows, firstRow: worker.block.firstRow)
      outcomes.start(worker.block)
      for item in items {
        let unit = Int(steps.units.pointer[item])
        let place = firsts.lastIndex { $0 <= unit } ?? 0
        run.replace(unit - firsts[place], at: walked[place], with: .fixed(replacements.pointer[unit]))
        read(worker.block)
        outcomes.count(item, worker)
      }
    }
  }

  /// Runs the rows that changed.
  @_optimize(speed)
  private func read(_ block: IntactBlock) {
    let scores = run.run()
    reader.read(
      scores: scores.pointer, stride: scores.stride, rows: scores.count, block: block,
      origin: { Int(self.run.changed.pointer[$0]) },
      take: { self.outcomes.take(Int(self.run.changed.pointer[$0]), prediction: $1, $2) })
  }
}
