import AblateModel
import AblateRuntime
import CONNX

/// What a file that we wrote says beside its graph.
enum OwnMetadata {
  static let head = "libablate.head"
  /// Followed by the number of the class.
  static let labels = "libablate.class."
}

extension Head {
  /// In files.
  var name: String {
    switch self {
    case .logits: "logits"
    case .softmax: "softmax"
    case .logSoftmax: "log_softmax"
    case .binary: "binary"
    case .multilabel: "multilabel"
    case .regression: "regression"
    }
  }
}

extension Source {
  /// The head that we wrote the file with; nil if we did not.
  var ownHead: Head? {
    let model = model.pointee
    for index in 0..<model.n_metadata_props {
      guard let entry = model.metadata_props[index]?.pointee, entry.key.isText(OwnMetadata.head)
      else { continue }
      for head in Head.allCases where entry.value.isText(head.name) { return head }
    }
    return nil
  }

  /// The names of classes, in their order.
  func ownLabels() throws(AblateError) -> [String]? {
    let model = model.pointee
    var labels: [String] = []
    for index in 0..<model.n_metadata_props {
      guard let entry = model.metadata_props[index]?.pointee,
        entry.key.isText(composed("\(OwnMetadata.labels)\(labels.count)"))
      else { continue }
      try spend(entry.value.values.count)
      labels.append(try entry.value.wholeText("class label \(labels.count) of the metadata"))
    }
    return labels.isEmpty ? nil : labels
  }
}
