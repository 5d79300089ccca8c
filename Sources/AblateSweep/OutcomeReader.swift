import AblateModel
import AblateRuntime

/// What a run makes of one row. The metrics that were not asked for are 0.
struct Outcome: BitwiseCopyable {
  var prediction: Int
  var logLoss: Float
  var labelProbability: Float
}

/// Turns scores into outcomes.
final class OutcomeReader {
  private let model: Model
  private let metrics: Metrics
  private let predictions: Buffer<Int32>
  private let logProbabilities: Buffer<Float>?
  private let probabilities: Buffer<Float>?

  /// - Parameter capacity: the most rows read at once.
  init(model: Model, metrics: Metrics, capacity: Int) throws(AblateError) {
    self.model = model
    self.metrics = metrics
    predictions = try Buffer(count: capacity)
    logProbabilities = metrics.contains(.logLoss) ? try Buffer(rows: capacity, columns: model.classCount) : nil
    probabilities = metrics.contains(.labelProbability) ? try Buffer(rows: capacity, columns: model.classCount) : nil
  }

  /// Calls `body` with the outcome of each row of `scores`, [rows, stride], whose labels are `labels`.
  func read(
    scores: UnsafePointer<Float>, stride: Int, rows: Int, labels: UnsafePointer<Int32>,
    _ body: (_ row: Int, Outcome) -> Void
  ) {
    let classes = model.classCount
    model.predict(scores: scores, stride: stride, rows: rows, into: predictions.pointer)
    if let logProbabilities {
      model.logProbabilities(scores: scores, stride: stride, rows: rows, into: logProbabilities.pointer)
    }
    if let probabilities {
      model.probabilities(scores: scores, stride: stride, rows: rows, into: probabilities.pointer)
    }
    for row in 0..<rows {
      let cell = row * classes + Int(labels[row])
      body(
        row,
        Outcome(
          prediction: Int(predictions.pointer[row]), logLoss: logProbabilities.map { -$0.pointer[cell] } ?? 0,
          labelProbability: probabilities?.pointer[cell] ?? 0))
    }
  }
}
