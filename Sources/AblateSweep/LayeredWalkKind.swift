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
  /// [capacity]
  private let predictions: Buffer<Int32>
  /// [capacity, measures per row]
  private let measures: Buffer<Float>

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
    predictions = try Buffer(count: capacity)
    measures = try Buffer(rows: capacity, columns: reader.measures.perRow)
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
      start(worker)
      for item in items {
        let unit = Int(steps.units.pointer[item])
        let place = firsts.lastIndex { $0 <= unit } ?? 0
        run.replace(unit - firsts[place], at: walked[place], with: .fixed(replacements.pointer[unit]))
        read(worker.block)
        count(item, worker)
      }
    }
  }

  private func start(_ worker: SweepWorker) {
    let block = worker.block
    let perRow = reader.measures.perRow
    run.start(worker.block.executor, rows: block.rows, firstRow: block.firstRow)
    for row in 0..<block.rows {
      predictions.pointer[row] = Int32(truncatingIfNeeded: block.prediction(row))
      (measures.pointer + row * perRow).copy(from: block.measures(row), count: perRow)
    }
  }

  /// Runs the rows that changed.
  @_optimize(speed)
  private func read(_ block: IntactBlock) {
    let scores = run.run()
    let perRow = reader.measures.perRow
    reader.read(
      scores: scores.pointer, stride: scores.stride, rows: scores.count, block: block,
      origin: { Int(self.run.changed.pointer[$0]) },
      take: { index, prediction, own in
        let row = Int(self.run.changed.pointer[index])
        self.predictions.pointer[row] = Int32(truncatingIfNeeded: prediction)
        (self.measures.pointer + row * perRow).copy(from: own, count: perRow)
      })
  }

  /// Counts what all rows of the block have come to.
  private func count(_ item: Int, _ worker: SweepWorker) {
    let block = worker.block
    let perRow = reader.measures.perRow
    for row in 0..<block.rows {
      if perRow > 0 {
        worker.tally.countMeasures(
          of: item, from: block.measures(row), to: measures.pointer + row * perRow, label: block.targets.label(row))
      }
      worker.countPrediction(of: item, row: row, Int(predictions.pointer[row]))
    }
  }
}
