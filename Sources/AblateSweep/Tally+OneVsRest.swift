import AblateRuntime

/// Each class against all others.
extension Tally {
  /// Writes [classes, 2, 2] with an item ablated, or of the intact model without one: row = whether the label is the class, column = whether
  /// the prediction is.
  func copyOneVsRest(of index: Int?, to out: UnsafeMutablePointer<Int64>) throws(AblateError) {
    var changes: UnsafeMutablePointer<Int64>?
    if let index {
      guard let oneVsRestChanges else {
        throw AblateError(.invalidArgument, "the sweep was made without the metric of one class against the rest")
      }
      changes = oneVsRestChanges[index]
    }
    out.update(repeating: 0, count: 4 * classCount)
    for label in 0..<classCount {
      let predictions = intactConfusion.pointer + label * classCount
      var support: Int64 = 0
      for prediction in 0..<classCount {
        support &+= predictions[prediction]
        out[4 * prediction + 1] &+= predictions[prediction]
      }
      out[4 * label + 2] = support
      out[4 * label + 3] = predictions[label]
    }
    for index in 0..<classCount {
      let own = out + 4 * index
      let support = own[2]
      own[3] &+= changes?[index] ?? 0
      own[1] &+= changes?[classCount + index] ?? 0
      own[1] &-= own[3]
      own[2] &-= own[3]
      own[0] = rows &- support &- own[1]
    }
  }
}
