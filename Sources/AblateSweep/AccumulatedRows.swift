import AblateModel
import AblateRuntime

/// The rows of a block as ever more of their values at a point are replaced, and what came out of each when it last changed.
final class AccumulatedRows {
  /// [capacity, stride of the point]
  let values: Buffer<Float>
  let stride: Int
  let predictions: Buffer<Int32>
  /// [capacity, measures per row]
  let measures: Buffer<Float>
  /// The rows that changed since the last run.
  let changed: Buffer<Int32>
  var changedCount = 0

  init(width: Int, measures count: Int, capacity: Int) throws(AblateError) {
    stride = RowStride.padded(width)
    values = try Buffer(rows: capacity, columns: stride)
    predictions = try Buffer(count: capacity)
    measures = try Buffer(rows: capacity, columns: count)
    changed = try Buffer(count: capacity)
  }
}

extension SweepWorker {
  /// Takes the rows of the block as they are.
  func startAccumulating(at point: Int) {
    guard let accumulated else { return }
    let width = model.width(ofPoint: point)
    let perRow = tally.measures.perRow
    for row in 0..<block.rows {
      (accumulated.values.pointer + row * accumulated.stride).copy(from: block.values(row, at: point), count: width)
      accumulated.predictions.pointer[row] = Int32(truncatingIfNeeded: block.prediction(row))
      (accumulated.measures.pointer + row * perRow).copy(from: block.measures(row), count: perRow)
    }
    accumulated.changedCount = 0
  }

  /// Replaces a value of a row.
  func accumulate(row: Int, unit: Int, _ value: Float) {
    guard let accumulated else { return }
    let place = accumulated.values.pointer + row * accumulated.stride + unit
    if place.pointee == value { return }
    place.pointee = value
    accumulated.changed.pointer[accumulated.changedCount] = Int32(truncatingIfNeeded: row)
    accumulated.changedCount += 1
  }

  /// Runs the rows that changed, and counts what all rows of the block come to.
  func countAccumulated(item: Int, at point: Int) {
    guard let accumulated else { return }
    let perRow = tally.measures.perRow
    runAccumulated(at: point) { row, prediction, measures in
      accumulated.predictions.pointer[row] = Int32(truncatingIfNeeded: prediction)
      (accumulated.measures.pointer + row * perRow).copy(from: measures, count: perRow)
    }
    for row in 0..<block.rows {
      if perRow > 0 {
        tally.countMeasures(
          of: item, from: block.measures(row), to: accumulated.measures.pointer + row * perRow,
          label: block.targets.label(row))
      }
      countPrediction(of: item, row: row, Int(accumulated.predictions.pointer[row]))
    }
  }
}
