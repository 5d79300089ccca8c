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
      sum +=
        weight > 0 ? weight * excess(growth(index, other) - mean) : exponential(Double(other[index]) - shift)
    }
    return logarithm(onePlus: sum / total)
  }

  private func growth(_ index: Int, _ other: UnsafePointer<Float>) -> Double {
    Double(other[index]) - Double(scores[index])
  }
}

// The C library's functions have other bits on other machines.

private let ln2High = 0x1.62e42feep-1
private let ln2Low = 0x1.a39ef35793c76p-33

/// e^x.
private func exponential(_ x: Double) -> Double {
  if x.isNaN { return x }
  if x < -708 { return 0 }
  if x > 709 { return .infinity }
  let power = (x / (ln2High + ln2Low)).rounded(.toNearestOrEven)
  let rest = x - power * ln2High - power * ln2Low
  let value = 1 + rest + rest * rest * taylor(rest)
  return value * Double(bitPattern: UInt64(bitPattern: Int64(power) &+ 1023) &<< 52)
}

/// e^x - 1 - x, not negative.
private func excess(_ x: Double) -> Double {
  abs(x) > 0.5 ? max(0, exponential(x) - 1 - x) : x * x * taylor(x)
}

/// (e^x - 1 - x) / x^2 = 1 / 2! + x / 3! + ... for |x| up to 0.5.
private func taylor(_ x: Double) -> Double {
  // From 1 / 17! down to 1 / 2!.
  var sum = 2.8114572543455206e-15
  sum = sum * x + 4.779477332387385e-14
  sum = sum * x + 7.647163731819816e-13
  sum = sum * x + 1.1470745597729725e-11
  sum = sum * x + 1.6059043836821613e-10
  sum = sum * x + 2.08767569878681e-09
  sum = sum * x + 2.505210838544172e-08
  sum = sum * x + 2.755731922398589e-07
  sum = sum * x + 2.7557319223985893e-06
  sum = sum * x + 2.48015873015873e-05
  sum = sum * x + 0.0001984126984126984
  sum = sum * x + 0.001388888888888889
  sum = sum * x + 0.008333333333333333
  sum = sum * x + 0.041666666666666664
  sum = sum * x + 0.16666666666666666
  sum = sum * x + 0.5
  return sum
}

/// ln (1 + x) for x >= 0.
private func logarithm(onePlus x: Double) -> Double {
  x > 0.4 ? logarithm(1 + x) : logarithm(ofRatio: x / (2 + x))
}

/// ln x for positive numbers.
private func logarithm(_ x: Double) -> Double {
  if x == .infinity { return x }
  let isUpper = x.significand > 1.4142135623730951
  let significand = isUpper ? x.significand / 2 : x.significand
  let power = Double(x.exponent) + (isUpper ? 1 : 0)
  return logarithm(ofRatio: (significand - 1) / (significand + 1)) + power * (ln2High + ln2Low)
}

/// ln ((1 + t) / (1 - t)) = 2 (t + t^3 / 3 + t^5 / 5 + ...) for |t| up to 0.2.
private func logarithm(ofRatio t: Double) -> Double {
  var sum = 0.0
  for degree in stride(from: 41, through: 1, by: -2) { sum = sum * t * t + 1 / Double(degree) }
  return 2 * t * sum
}
