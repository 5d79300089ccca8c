/// What the scores of a model mean, and so what its predictions and probabilities are.
///
/// Raw values are those of `ablate_head` in the C header.
public enum Head: Int32, Sendable, CaseIterable {
  /// Classification; the model's own output is the scores, probabilities are their softmax.
  case logits = 0
  /// Classification; the model's own output is the softmax of the scores.
  case softmax = 1
  /// Classification; the model's own output is the logarithm of the softmax of the scores.
  case logSoftmax = 2
  /// Two classes from one score z: P(class 1) = sigmoid(z). The model's own output is [P(class 0), P(class 1)].
  case binary = 3
  /// Independent labels: P(label k) = sigmoid(score k).
  case multilabel = 4
  /// Scores are the predicted values.
  case regression = 5

  /// How many classes a row can be predicted as; 0 where a row is not of one class.
  func classCount(scores: Int) -> Int {
    switch self {
    case .logits, .softmax, .logSoftmax: scores
    case .binary: 2
    case .multilabel, .regression: 0
    }
  }
}
