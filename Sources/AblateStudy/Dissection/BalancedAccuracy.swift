/// How well one class is told from all others, whatever their sizes: (TPR + TNR) / 2 of "predicted as the class" (Bau et al. 2020,
/// arXiv 2009.05041).
public enum BalancedAccuracy {
  /// Writes that of each class, [classes], from the matrices of each class against all others, [classes, 2, 2], row = whether the label is
  /// the class, column = whether the prediction is.
  ///
  /// NaN for a class without rows, and for one that all rows are of.
  public static func write(
    ofOneVsRest matrices: UnsafePointer<Int64>, classes: Int, into out: UnsafeMutablePointer<Double>
  ) {
    for index in 0..<classes {
      let own = matrices + 4 * index
      // Without rows 0 / 0.
      let specificity = Double(own[0]) / (Double(own[0]) + Double(own[1]))
      let sensitivity = Double(own[3]) / (Double(own[2]) + Double(own[3]))
      out[index] = (sensitivity + specificity) / 2
    }
  }
}
