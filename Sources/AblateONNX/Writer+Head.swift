import AblateModel
import AblateRuntime

extension Writer {
  /// Turns scores into the model's own output.
  func add(_ head: Head, outputs: Int) throws(AblateError) {
    switch head {
    case .logits: finish("scores", width: outputs)
    case .regression: finish("values", width: outputs)
    case .softmax:
      add("Softmax")
      set("axis", integer: -1)
      finish("probabilities", width: outputs)
    case .logSoftmax:
      add("LogSoftmax")
      set("axis", integer: -1)
      finish("log_probabilities", width: outputs)
    case .multilabel:
      add("Sigmoid")
      finish("probabilities", width: outputs)
    case .binary:
      add("Sigmoid")
      let positive = value
      add("Sub", [try constant(1), positive])
      add("Concat", [value, positive])
      set("axis", integer: 1)
      finish("probabilities", width: outputs)
    }
    addMetadata(OwnMetadata.head, head.name)
  }

  func add(labels: [String]) {
    for (index, label) in labels.enumerated() { addMetadata(composed("\(OwnMetadata.labels)\(index)"), label) }
  }
}
