import AblateRuntime

/// How many of `tosses` fair coins show heads. The tosses are an integer up to 2^53.
struct FairBinomial {
  let tosses: Double

  init(tosses: Int64) { self.tosses = Double(tosses) }

  private init(tosses: Double) { self.tosses = tosses }

  /// P(heads), by the saddle-point form of Loader 2000, Fast and accurate computation of binomial probabilities: no large numbers cancel.
  /// Probabilities below 1e-307 are 0. Between integers, the smooth function through them.
  func mass(_ heads: Double) -> Double {
    let tails = tosses - heads
    let side = min(heads, tails)
    if side < 0 { return 0 }
    if side == 0 { return tosses > 1_022 ? 0 : powerOfHalf(Int64(tosses)) }
    let rest = Self.stirlingRest(tosses) - Self.stirlingRest(heads) - Self.stirlingRest(tails)
    return (tosses / (2 * Double.pi * heads * tails)).squareRoot() * exponential(rest - deviance(heads))
  }

  /// P(at most `heads`), for heads up to half the tosses.
  func lowerTail(_ heads: Double) -> Double {
    let last = mass(heads)
    if last == 0 { return 0 }
    return min(1, last * (tosses <= Self.mostSummedTosses ? sumOfRatios(heads) : integralOfRatios(heads, last)))
  }

  /// P(at most `heads`) / P(heads), term by term.
  private func sumOfRatios(_ heads: Double) -> Double {
    // The terms that are left out come to less than this many of the last one.
    let reach = tosses.squareRoot() + 1
    var sum = 1.0
    var term = 1.0
    var next = heads
    while next > 0, term * reach > sum * 1e-18 {
      term *= next / (tosses - next + 1)
      sum += term
      next -= 1
    }
    return sum
  }

  /// The same sum by the formula of Euler and Maclaurin, whose third derivative is below 1e-13 for so many tosses; the integral by Simpson's
  /// rule.
  private func integralOfRatios(_ heads: Double, _ last: Double) -> Double {
    let deviation = tosses.squareRoot() / 2
    let distance = (tosses / 2 - heads) / deviation
    // Where the ratio is e^-42.
    let length = ((distance * distance + 84).squareRoot() - distance) * deviation
    let panels = 16_384
    let width = length / Double(panels)
    var sum = 1.0
    for panel in 1..<panels { sum += (panel % 2 == 1 ? 4 : 2) * mass(heads - Double(panel) * width) / last }
    let slope = logarithm((tosses - heads + 0.5) / (heads + 0.5))
    return sum * width / 3 + 0.5 + slope / 12
  }

  /// tosses · (entropy of a fair coin less that of heads / tosses), in nats.
  private func deviance(_ heads: Double) -> Double {
    let skew = (tosses - 2 * heads) / tosses
    if abs(skew) > 0.5 {
      let other = 2 - 2 * heads / tosses
      return tosses / 2 * (2 * heads / tosses * logarithm(2 * heads / tosses) + other * logarithm(other))
    }
    let square = skew * skew
    var sum = 0.0
    for power in stride(from: 54, through: 2, by: -2) { sum = sum * square + 1 / Double(power * (power - 1)) }
    return tosses * sum * square
  }

  /// ln n! less Stirling's (n + 1/2) ln n - n + ln(2π) / 2.
  private static func stirlingRest(_ n: Double) -> Double {
    if n < 16, n == n.rounded(.down) { return smallRests[Int(n)] }
    let square = 1 / (n * n)
    let inner = 1.0 / 1_260 - (1.0 / 1_680 - 1.0 / 1_188 * square) * square
    return (1.0 / 12 - (1.0 / 360 - inner * square) * square) / n
  }

  private static var mostSummedTosses: Double { 0x1p30 }

  /// 2^-count, for count up to 1,022.
  private func powerOfHalf(_ count: Int64) -> Double {
    Double(bitPattern: UInt64(bitPattern: 1_023 &- count) &<< 52)
  }
}

private let smallRests: [Double] = [
  0, 0.08106146679532726, 0.0413406959554093, 0.02767792568499834, 0.020790672103765093, 0.016644691189821193,
  0.013876128823070748, 0.01189670994589177, 0.010411265261972096, 0.009255462182712733, 0.00833056343336287,
  0.007573675487951841, 0.00694284010720953, 0.006408994188004207, 0.0059513701127588475, 0.005554733551962801,
]
