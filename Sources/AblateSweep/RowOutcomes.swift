import AblateModel
import AblateRuntime

/// What each row of a block came to when it last changed, while one unit after the other is replaced.
final class RowOutcomes {
  /// [capacity]
  let predictions: Buffer<Int32>
  /// [capacity, measures per row]
  private let measures: Buffer<Float>
  private let perRow: Int

  init(measures perRow: Int, capacity: Int) throws(AblateError) {
    self.perRow = perRow
    predictions = try Buffer(count: capacity)
    measures = try Buffer(rows: capacity, columns: perRow)
  }

  /// Takes those of the intact rows.
  func start(_ block: IntactBlock) {
    for row in 0..<block.rows { take(row, prediction: block.prediction(row), block.measures(row)) }
  }

  func take(_ row: Int, prediction: Int, _ own: UnsafePointer<Float>) {
    predictions.pointer[row] = Int32(truncatingIfNeeded: prediction)
    (measures.pointer + row * perRow).copy(from: own, count: perRow)
  }

  /// Counts them all for an item.
  func count(_ item: Int, _ worker: SweepWorker) {
    let block = worker.block
    for row in 0..<block.rows {
      if perRow > 0 {
        worker.tally.countMeasures(
          of: item, from: block.measures(row), to: measures.pointer + row * perRow, label: block.targets.label(row))
      }
      worker.countPrediction(of: item, row: row, Int(predictions.pointer[row]))
    }
  }
}
