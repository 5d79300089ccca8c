/// The Kullback-Leibler divergence Σ p_c ln (p_c / q_c) of two distributions, each the softmax of its scores, in nats (Kullback and
/// Leibler 1951, On information and sufficiency, equation 2.4).
///
/// With d = (score of q) - (score of p) less its mean under p, it is ln Σ p e^d = ln (1 + Σ p (e^d - 1 - d)): a sum of terms that are not
/// negative, so small divergences keep their digits.
func divergence(from p: UnsafePointer<Float>, to q: UnsafePointer<Float>, count: Int) -> Double {
  var largest = -Float.infinity
  var largestOther = -Float.infinity
  for index in 0..<count {
    if p[index].isNaN || q[index].isNaN { return .nan }
    largest = max(largest, p[index])
    largestOther = max(largestOther, q[index])
  }
  // A softmax has no value there.
  if largest.isInfinite || largestOther == .infinity { return .nan }
  func weight(_ index: Int) -> Double { exponential(Double(p[index]) - Double(largest)) }
  func growth(_ index: Int) -> Double { Double(q[index]) - Double(p[index]) }

  var total = 0.0
  var mean = 0.0
  for index in 0..<count where weight(index) > 0 {
    total += weight(index)
    mean += weight(index) * growth(index)
  }
  if mean == -.infinity { return .infinity }
  if !mean.isFinite { return .nan }
  mean /= total
  // p e^d, which is more than 0 where p is too small for a number.
  let shift = Double(largest) + mean
  let most = Double(largestOther) - shift
  var sum = 0.0
  if most > 30 {
    // e^d might overflow, and nothing cancels.
    for index in 0..<count { sum += exponential(Double(q[index]) - Double(largestOther)) }
    return most + logarithm(sum / total)
  }
  for index in 0..<count {
    let weight = weight(index)
    sum += weight > 0 ? weight * excess(growth(index) - mean) : exponential(Double(q[index]) - shift)
  }
  return logarithm(onePlus: sum / total)
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
  var sum = 1.0
  for degree in stride(from: 15, through: 1, by: -1) { sum = 1 + sum * rest / Double(degree) }
  return sum * Double(bitPattern: UInt64(bitPattern: Int64(power) &+ 1023) &<< 52)
}

/// e^x - 1 - x, not negative.
private func excess(_ x: Double) -> Double {
  if abs(x) > 0.5 { return max(0, exponential(x) - 1 - x) }
  var sum = 1.0
  for degree in stride(from: 17, through: 3, by: -1) { sum = 1 + sum * x / Double(degree) }
  return sum * x * x / 2
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
