import AblateRuntime

/// What the rows of a greedy elimination should be predicted as.
enum GreedyAnswers {
  /// [rows] in 0 ..< classCount
  case labels(Buffer<Int32>)
  /// Of regressions: [rows, outputs], finite.
  case targets(Buffer<Float>)
}
