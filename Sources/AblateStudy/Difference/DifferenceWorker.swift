import AblateModel
import AblateRuntime

/// One thread's part of a difference.
final class DifferenceWorker {
  let tally: DifferenceTally
  private let first: Side
  private let second: Side

  init(
    _ first: Executor, _ firstMask: ResolvedMask?, _ second: Executor, _ secondMask: ResolvedMask?
  ) throws(AblateError) {
    tally = try DifferenceTally(first.model)
    self.first = try Side(first, firstMask)
    self.second = try Side(second, secondMask)
  }

  func run(_ x: UnsafePointer<Float>, labels: UnsafePointer<Int32>?, rows: Int, firstRow: Int) {
    first.run(x, rows: rows, firstRow: firstRow)
    second.run(x, rows: rows, firstRow: firstRow)
    let model = first.model
    let (width, predictions) = (first.width, model.predictionWidth)
    for row in 0..<rows {
      var agrees = predictions > 0
      for index in row * predictions..<(row + 1) * predictions
      where first.predictions.pointer[index] != second.predictions.pointer[index] {
        agrees = false
      }
      tally.addRow(agrees: agrees)
      if model.classCount > 0 {
        tally.addPredictions(
          Int(first.predictions.pointer[row]), Int(second.predictions.pointer[row]), label: labels?[row])
      }
      for column in 0..<width {
        let index = row * width + column
        tally.add(
          change: abs(second.outputs.pointer[index] - first.outputs.pointer[index]), row: firstRow + row,
          column: column)
      }
    }
  }
}

/// A model's outputs for a block of rows.
private final class Side {
  private let executor: Executor
  private let mask: ResolvedMask?
  /// Probabilities per row; of a regression, outputs.
  let width: Int
  let outputs: Buffer<Float>
  let predictions: Buffer<Int32>

  var model: Model { executor.model }

  init(_ executor: Executor, _ mask: ResolvedMask?) throws(AblateError) {
    let model = executor.model
    self.executor = executor
    self.mask = mask
    width = model.head == .regression ? model.outputWidth : model.probabilityWidth
    outputs = try Buffer(rows: executor.capacity, columns: width)
    predictions = try Buffer(rows: executor.capacity, columns: model.predictionWidth)
  }

  func run(_ x: UnsafePointer<Float>, rows: Int, firstRow: Int) {
    executor.run(
      steps: 0..<model.steps.count, from: x, stride: model.inputWidth, rows: rows, firstRow: firstRow, mask: mask)
    let scores = executor.scores
    // Of a regression these are the scores.
    model.probabilities(scores: scores.pointer, stride: scores.stride, rows: rows, into: outputs.pointer)
    model.predict(scores: scores.pointer, stride: scores.stride, rows: rows, into: predictions.pointer)
  }
}
