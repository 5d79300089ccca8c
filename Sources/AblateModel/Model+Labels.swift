import AblateRuntime

extension Model {
  /// - Throws: `invalidArgument` if a label is no class.
  package func require(labels: UnsafePointer<Int32>, rows: Int) throws(AblateError) {
    let classes = Int32(truncatingIfNeeded: min(classCount, Int(Int32.max)))
    for row in 0..<rows where labels[row] < 0 || labels[row] >= classes {
      throw AblateError(
        .invalidArgument, "label \(labels[row]) of row \(row) is out of range: the model has \(classes) classes")
    }
  }
}
