import AblateRuntime

extension Flips {
  /// The effects that a score test of these flips does not reject: Tango 1998, Equivalence test and confidence interval for the difference
  /// in proportions for the paired-sample design, Statistics in Medicine 17:891. Within -1 ... 1; NaN for no rows.
  ///
  /// - Parameter confidence: how often the interval is to hold the true effect, between 0 and 1.
  public func interval(confidence: Double) throws(AblateError) -> (lower: Double, upper: Double) {
    guard confidence > 0, confidence < 1 else {
      throw AblateError(.invalidArgument, "the confidence must be between 0 and 1")
    }
    return interval(deviations: normalQuantile(exceededWith: (1 - confidence) / 2))
  }

  /// The same by the distance in standard deviations that is not rejected.
  func interval(deviations: Double) -> (lower: Double, upper: Double) {
    if rows == 0 { return (.nan, .nan) }
    let square = deviations * deviations
    return (
      -upperLimit(Double(lost), Double(gained), square: square),
      upperLimit(Double(gained), Double(lost), square: square)
    )
  }

  /// The largest difference of the rates of two kinds of flips that is not rejected.
  private func upperLimit(_ more: Double, _ less: Double, square: Double) -> Double {
    let rows = Double(rows)
    let (more, less) = (more / rows, less / rows)
    var accepted = more - less
    var rejected = 1.0
    while true {
      let middle = accepted + (rejected - accepted) / 2
      if middle <= accepted || middle >= rejected { return accepted }
      let distance = middle - (more - less)
      let variance = 2 * likeliest(less, more, difference: middle) + middle * (1 - middle)
      if distance * distance * rows > square * variance { rejected = middle } else { accepted = middle }
    }
  }

  /// The likeliest rate of `less` where that of `more` is larger by `difference`: the root of 2q² + bq + c.
  private func likeliest(_ less: Double, _ more: Double, difference: Double) -> Double {
    let b = (2 - more + less) * difference - more - less
    let c = -less * difference * (1 - difference)
    let root = max(0, b * b - 8 * c).squareRoot()
    return b > 0 ? -2 * c / (b + root) : (root - b) / 4
  }
}
