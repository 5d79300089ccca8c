import AblateRuntime

extension ShapleyOptions {
  /// - Throws: `invalidArgument` for what is out of range.
  func require(rows: Int) throws(AblateError) {
    try require(rows > 0, "rows is 0: at least one is needed")
    try require(
      firstPermutation >= 0 && firstPermutation <= ShapleyValues.mostPermutations,
      "the number of the first permutation is beyond 2^32")
    if let sampleRows {
      try require(
        sampleRows > 0 && sampleRows <= rows && rows <= Int(Int32.max),
        "rows per permutation: there must be one, and no more than there are rows, or than 2^31 - 1 of these")
    }
    try require(tolerance >= 0 && tolerance.isFinite, "the tolerance must be a number that is not negative")
    try require(patience >= 0, "patience is beyond any number of units")
    try require(topCount >= 0, "more top units are asked for than any model has")
    try require(delta > 0 && delta < 1, "delta must be a probability above 0 and below 1")
    try require((largestChange ?? 1) > 0, "the largest change of a row must be a number above 0")
  }

  private func require(_ condition: Bool, _ message: StaticString) throws(AblateError) {
    if condition { return }
    throw AblateError(.invalidArgument, "\(message)")
  }
}
