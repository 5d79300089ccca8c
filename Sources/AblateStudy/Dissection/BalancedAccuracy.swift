/// How well one class is told from all others, whatever their sizes: (TPR + TNR) / 2 of "predicted as the class" (Bau et al. 2020,
/// arXiv 2009.05041).
public enum BalancedAccuracy {
  /// Writes that of each class, [classes], from a confusion matrix, [classes, classes], row = label, column = prediction.
  ///
  /// NaN for a class without rows, and for one that all rows are of.
  public static func write(
    ofConfusion matrix: UnsafePointer<Int64>, classes: Int, into out: UnsafeMutablePointer<Double>
  ) {
    var all = 0.0
    for cell in 0..<classes * classes { all += Double(matrix[cell]) }
    for index in 0..<classes {
      var own = 0.0
      var predicted = 0.0
      for other in 0..<classes {
        own += Double(matrix[index * classes + other])
        predicted += Double(matrix[other * classes + index])
      }
      let hits = Double(matrix[index * classes + index])
      // Without rows 0 / 0.
      let sensitivity = hits / own
      let specificity = 1 - (predicted - hits) / (all - own)
      out[index] = (sensitivity + specificity) / 2
    }
  }
}
