import AblateRuntime

extension Moments {
  /// For each removed unit, the coefficient of the one kept unit whose correlation with it is largest in magnitude, the lowest index on
  /// ties; 0 if it does not vary, or no kept unit does. `factors` is [removed, kept], zeros.
  func correlate(_ removed: [Int], with kept: [Int], into factors: Buffer<Double>) {
    for (place, unit) in removed.enumerated() where variance(unit) > 0 {
      var best = (share: 0.0, index: 0, factor: 0.0)
      for (index, other) in kept.enumerated() {
        let spread = variance(other)
        if spread == 0 { continue }
        let factor = covariance(unit, other) / spread
        // The squared correlation, but for the variance of the removed unit, which is the same for all.
        let share = factor * covariance(unit, other)
        if share > best.share { best = (share, index, factor) }
      }
      factors.pointer[place * kept.count + best.index] = best.factor
    }
  }

  /// For each removed unit, the coefficients of all kept units that give it with least squared error, with an intercept.
  ///
  /// Solved by a Cholesky factorisation of the correlation matrix with pivoting (Golub and Van Loan, Matrix Computations, 4th edition,
  /// 4.2.8), which stops at units that the ones before determine but for rounding: constant units, copies, sums. Their coefficients
  /// are 0.
  func regress(
    _ removed: [Int], on kept: [Int], ridge: Double, into factors: Buffer<Double>
  ) throws(AblateError) {
    let count = kept.count
    let spreads = try Buffer<Double>(count: count)
    for (index, unit) in kept.enumerated() { spreads.pointer[index] = variance(unit).squareRoot() }
    let (lower, pivots) = try factored(kept, spreads, ridge: ridge)
    let solution = try Buffer<Double>(count: pivots.count)
    let x = solution.pointer
    for (place, unit) in removed.enumerated() {
      for (step, pivot) in pivots.enumerated() {
        var rest = covariance(unit, kept[pivot]) / spreads.pointer[pivot]
        for column in 0..<step { rest -= lower.pointer[pivot * count + column] * x[column] }
        x[step] = rest / lower.pointer[pivot * count + step]
      }
      for step in pivots.indices.reversed() {
        var rest = x[step]
        for later in step + 1..<pivots.count { rest -= lower.pointer[pivots[later] * count + step] * x[later] }
        x[step] = rest / lower.pointer[pivots[step] * count + step]
        factors.pointer[place * count + pivots[step]] = x[step] / spreads.pointer[pivots[step]]
      }
    }
  }

  /// The lower factor of the correlation matrix of the kept units, one row for each, and the units in the order of its columns.
  private func factored(
    _ kept: [Int], _ spreads: Buffer<Double>, ridge: Double
  ) throws(AblateError) -> (lower: Buffer<Double>, pivots: [Int]) {
    let count = kept.count
    let lower = try Buffer<Double>(rows: count, columns: count)
    let left = try Buffer<Double>(count: count)
    let least = try Buffer<Double>(count: count)
    var open: [Int] = []
    for (index, unit) in kept.enumerated() where spreads.pointer[index] > 0 {
      left.pointer[index] = 1 + ridge
      least.pointer[index] = max(0x1p-33, noise(unit) / variance(unit))
      open.append(index)
    }
    var pivots: [Int] = []
    while let place = Self.largest(open, left.pointer, least.pointer) {
      let pivot = open.remove(at: place)
      let step = pivots.count
      let own = lower.pointer + pivot * count
      own[step] = left.pointer[pivot].squareRoot()
      for index in open {
        let row = lower.pointer + index * count
        var rest =
          covariance(kept[index], kept[pivot]) / (spreads.pointer[index] * spreads.pointer[pivot])
        for column in 0..<step { rest -= row[column] * own[column] }
        row[step] = rest / own[step]
        left.pointer[index] -= row[step] * row[step]
      }
      pivots.append(pivot)
    }
    return (lower, pivots)
  }

  /// The place of the unit with the largest variance left, among those that have more than their least.
  private static func largest(
    _ open: [Int], _ left: UnsafePointer<Double>, _ least: UnsafePointer<Double>
  ) -> Int? {
    var best: Int?
    for (place, index) in open.enumerated() where left[index] > least[index] {
      if let current = best, left[open[current]] >= left[index] { continue }
      best = place
    }
    return best
  }
}
