import AblateRuntime

extension ShapleyOptions {
  /// - Throws: `invalidArgument` for what is out of range.
  func require(rows: Int) throws(AblateError) {
    try require(rows > 0, "rows is 0: at least one is needed")
    try require(
      firstPermutation >= 0 && firstPermutation <= ShapleyValues.mostPermutations,
      "options.first_permutation is \(UInt(bitPattern: firstPermutation)): at most 2^32 is possible")
    if let sampleRows {
      try require(
        sampleRows > 0 && sampleRows <= rows,
        "options.sample_rows is \(UInt(bitPattern: sampleRows)): 1 to \(rows) rows are possible")
      try require(rows <= Int(Int32.max), "rows is \(rows): options.sample_rows draws from at most 2^31 - 1")
    }
    try require(
      tolerance >= 0 && tolerance.isFinite, "options.tolerance must be a finite number that is not negative")
    try require(
      patience >= 0, "options.patience is \(UInt(bitPattern: patience)): more than any number of units")
    try require(
      topCount >= 0, "options.top_count is \(UInt(bitPattern: topCount)): more units than any model has")
    try require(delta > 0 && delta < 1, "options.delta must be a probability above 0 and below 1")
    try require((largestChange ?? 1) > 0, "options.largest_change must be a number above 0")
    try require(
      topCount == 0 || measure != .logLoss || largestChange != nil,
      "options.top_count with the log loss needs options.largest_change: intervals without bounds never tell units apart"
    )
  }

  private func require(_ condition: Bool, _ message: @autoclosure () -> ErrorText) throws(AblateError) {
    if condition { return }
    throw AblateError(.invalidArgument, message())
  }
}
