import AblateRuntime

/// The Kullback-Leibler divergence Σ p_c ln (p_c / q_c) of two distributions, each the softmax of its scores, in nats (Kullback and
/// Leibler 1951, On information and sufficiency, equation 2.4).
///
/// With d = (score of q) - (score of p) less its mean under p, it is ln Σ p e^d = ln (1 + Σ p (e^d - 1 - d)): a sum of terms that are not
/// negative, so small divergences keep their digits.
struct Divergence {
  private let count: Int
  private let scores: UnsafePointer<Float>
  /// [classes]: e^(score - largest score).
  private let weights: UnsafeMutablePointer<Double>
  private var total = 0.0
  private var largest = -Float.infinity
  private var isDefined = true

  /// - Parameters:
  ///   - scores: of p; valid while this is used.
  ///   - weights: [classes], room to work in.
  init(from scores: UnsafePointer<Float>, count: Int, weights: UnsafeMutablePointer<Double>) {
    self.scores = scores
    self.count = count
    self.weights = weights
    for index in 0..<count {
      if scores[index].isNaN { isDefined = false }
      largest = max(largest, scores[index])
    }
    // A softmax has no value there.
    if largest.isInfinite { isDefined = false }
    if !isDefined { return }
    for index in 0..<count {
      weights[index] = exponential(Double(scores[index]) - Double(largest))
      total += weights[index]
    }
  }

  /// From p to the softmax of other scores.
  @_optimize(speed)
  func to(_ other: UnsafePointer<Float>) -> Double {
    var largestOther = -Float.infinity
    var mean = 0.0
    for index in 0..<count {
      if other[index].isNaN { return .nan }
      largestOther = max(largestOther, other[index])
      if weights[index] > 0 { mean += weights[index] * growth(index, other) }
    }
    if !isDefined || largestOther == .infinity { return .nan }
    if mean == -.infinity { return .infinity }
    if !mean.isFinite { return .nan }
    mean /= total
    // p e^d, which is more than 0 where p is too small for a number.
    let shift = Double(largest) + mean
    let most = Double(largestOther) - shift
    var sum = 0.0
    if most > 30 {
      // e^d might overflow, and nothing cancels.
      for index in 0..<count { sum += exponential(Double(other[index]) - Double(largestOther)) }
      return most + logarithm(sum / total)
    }
    for index in 0..<count {
      let weight = weights[index]
      let change = growth(index, other) - mean
      // Nothing cancels of large changes, whose e^d might overflow, nor where p is too small for a number.
      sum +=
        weight == 0 || change > 40 ? exponential(Double(other[index]) - shift) : weight * excess(change)
    }
    return logarithm(onePlus: sum / total)
  }

  private func growth(_ index: Int, _ other: UnsafePointer<Float>) -> Double {
    Double(other[index]) - Double(scores[index])
  }
}
