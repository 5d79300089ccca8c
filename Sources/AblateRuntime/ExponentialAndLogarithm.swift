// Functions of doubles that have the same bits on every machine, as those of C libraries do not.

private let ln2High = 0x1.62e42feep-1
private let ln2Low = 0x1.a39ef35793c76p-33

/// e^x.
package func exponential(_ x: Double) -> Double {
  if x.isNaN { return x }
  if x < -708 { return 0 }
  if x > 709 { return .infinity }
  let power = (x / (ln2High + ln2Low)).rounded(.toNearestOrEven)
  let rest = x - power * ln2High - power * ln2Low
  let value = 1 + rest + rest * rest * taylor(rest)
  return value * Double(bitPattern: UInt64(bitPattern: Int64(power) &+ 1023) &<< 52)
}

/// e^x - 1 - x, not negative.
package func excess(_ x: Double) -> Double {
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
package func logarithm(onePlus x: Double) -> Double {
  x > 0.4 ? logarithm(1 + x) : logarithm(ofRatio: x / (2 + x))
}

/// ln x for positive numbers.
package func logarithm(_ x: Double) -> Double {
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
