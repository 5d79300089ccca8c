import AblateRuntime

/// What turns scores into probabilities or into a model's own output.
enum Final {
  case identity
  case softmax
  case logSoftmax
  /// [z] to [1 - sigmoid(z), sigmoid(z)].
  case binary
  case sigmoid
}

extension Head {
  /// Not for `regression`, which has none.
  var probabilities: Final {
    switch self {
    case .logits, .softmax, .logSoftmax: .softmax
    case .binary: .binary
    case .multilabel: .sigmoid
    case .regression: .identity
    }
  }

  var ownOutput: Final {
    switch self {
    case .logits, .regression: .identity
    case .softmax: .softmax
    case .logSoftmax: .logSoftmax
    case .binary: .binary
    case .multilabel: .sigmoid
    }
  }
}

extension Model {
  /// The width of an output.
  ///
  /// - Throws: `unsupported` for the probabilities of a regression.
  public func width(of output: Output) throws(AblateError) -> Int {
    switch output {
    case .scores: return outputWidth
    case .model: return head == .binary ? 2 : outputWidth
    case .probabilities:
      if head == .regression { throw AblateError(.unsupported, "a regression has no probabilities") }
      return probabilityWidth
    }
  }

  /// - Throws: `unsupported` for a regression.
  public func requirePredictions() throws(AblateError) {
    if head == .regression {
      throw AblateError(.unsupported, "a regression predicts values, not labels: read its scores")
    }
  }

  /// Writes `out`, without padding between rows.
  func apply(
    _ final: Final, to scores: UnsafePointer<Float>, stride: Int, rows: Int, into out: UnsafeMutablePointer<Float>
  ) {
    let width = outputWidth
    switch final {
    case .identity:
      for row in 0..<rows { (out + row * width).copy(from: scores + row * stride, count: width) }
    case .softmax: kernels.softmax(scores, stride, out, width, rows, width)
    case .logSoftmax: kernels.logSoftmax(scores, stride, out, width, rows, width)
    case .sigmoid:
      for row in 0..<rows { kernels.activate(Activation(.sigmoid), scores + row * stride, out + row * width, width) }
    case .binary:
      for row in 0..<rows {
        kernels.activate(Activation(.sigmoid), scores + row * stride, out + 2 * row + 1, 1)
        out[2 * row] = 1 - out[2 * row + 1]
      }
    }
  }

  /// The predictions of scores: [rows, prediction width].
  public func predict(
    scores: UnsafePointer<Float>, stride: Int, rows: Int, into labels: UnsafeMutablePointer<Int32>
  ) {
    switch head {
    case .logits, .softmax, .logSoftmax: kernels.argmax(scores, stride, labels, rows, outputWidth)
    case .binary, .multilabel:
      let width = outputWidth
      for row in 0..<rows {
        for label in 0..<width { labels[row * width + label] = scores[row * stride + label] > 0 ? 1 : 0 }
      }
    case .regression: break
    }
  }

  /// Probabilities of scores: [rows, probability width].
  public func probabilities(
    scores: UnsafePointer<Float>, stride: Int, rows: Int, into out: UnsafeMutablePointer<Float>
  ) {
    apply(head.probabilities, to: scores, stride: stride, rows: rows, into: out)
  }

  /// Natural logarithms of the class probabilities of scores: [rows, class count]. For classifiers.
  public func logProbabilities(
    scores: UnsafePointer<Float>, stride: Int, rows: Int, into out: UnsafeMutablePointer<Float>
  ) {
    guard head == .binary else { return apply(.logSoftmax, to: scores, stride: stride, rows: rows, into: out) }
    let softplus = Activation(.softplus)
    for row in 0..<rows {
      out[2 * row] = scores[row * stride]
      out[2 * row + 1] = -scores[row * stride]
    }
    kernels.activate(softplus, out, out, 2 * rows)
    for cell in 0..<2 * rows { out[cell] = -out[cell] }
  }
}
