import AblateRuntime

extension Model {
  /// The caller's labels, [rows], copied before they are looked at: what its other threads or callbacks write meanwhile indexes nothing.
  ///
  /// - Throws: `invalidArgument` if a label is no class; `outOfMemory`.
  package func checkedCopy(ofLabels given: UnsafePointer<Int32>, rows: Int) throws(AblateError) -> Buffer<Int32> {
    let labels = try Buffer<Int32>(count: rows, isZeroed: false)
    labels.pointer.copy(from: given, count: rows)
    let classes = Int32(truncatingIfNeeded: min(classCount, Int(Int32.max)))
    for row in 0..<rows where labels.pointer[row] < 0 || labels.pointer[row] >= classes {
      throw AblateError(
        .invalidArgument,
        "label \(labels.pointer[row]) of row \(row) is out of range: the model has \(classes) classes")
    }
    return labels
  }
}
