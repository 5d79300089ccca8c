import AblateTestSupport
import Glibc
import Testing

@testable import AblateSweep

@Suite struct DivergenceTests {
  private func divergence(from p: [Float], to q: [Float], count: Int) -> Double {
    var weights = [Double](repeating: .nan, count: count)
    return p.withUnsafeBufferPointer { p in
      weights.withUnsafeMutableBufferPointer { weights in
        guard let p = p.baseAddress, let weights = weights.baseAddress else { return .nan }
        return Divergence(from: p, count: count, weights: weights).to(q)
      }
    }
  }

  /// Σ p ln (p / q) with the C library's functions in Float80.
  private func expected(_ p: [Float], _ q: [Float]) -> Double {
    func logSoftmax(_ scores: [Float]) -> [Float80] {
      let largest = Float80(scores.max() ?? 0)
      let sum = scores.reduce(Float80(0)) { $0 + expl(Float80($1) - largest) }
      return scores.map { Float80($0) - largest - logl(sum) }
    }
    let (a, b) = (logSoftmax(p), logSoftmax(q))
    return Double(zip(a, b).reduce(Float80(0)) { $0 + ($1.0 == -.infinity ? 0 : expl($1.0) * ($1.0 - $1.1)) })
  }

  @Test(arguments: 0..<300) func agreesWithTheDefinition(seed: Int) {
    var random = Randomness(seed: UInt64(seed))
    let count = Int.random(in: 1...30, using: &random)
    let scale = powf(10, Float.random(in: -3...2, using: &random))
    let p = random.values(count).map { $0 * 20 }
    let q = zip(p, random.values(count)).map { $0 + $1 * scale }
    let found = divergence(from: p, to: q, count: count)
    let wanted = expected(p, q)
    #expect(found >= 0)
    // Float80 loses digits where the divergence is small.
    #expect(abs(found - wanted) <= 1e-13 * wanted + 1e-18, "\(found) \(wanted)")
  }

  /// Probabilities of which the smallest are near the smallest number, or below it.
  @Test(arguments: 0..<300) func agreesWithTheDefinitionFarApart(seed: Int) {
    var random = Randomness(seed: UInt64(seed))
    let count = Int.random(in: 2...12, using: &random)
    let scale = Float.random(in: 50...400, using: &random)
    let p = random.values(count).map { $0 * scale }
    let q = random.values(count).map { $0 * scale }
    let found = divergence(from: p, to: q, count: count)
    let wanted = expected(p, q)
    #expect(abs(found - wanted) <= 1e-13 * wanted + 1e-18, "\(found) \(wanted)")
  }

  /// P is (1, e^-gap) as good as, so the divergence is -ln Q of class 0: ln (1 + e^10).
  @Test(arguments: 128..<164) func gaps(fifth: Int) {
    let gap = Float(5 * fifth)
    #expect(abs(divergence(from: [gap, 0], to: [0, 10], count: 2) - log(1 + exp(10.0))) < 1e-13)
  }

  @Test func specialScores() {
    #expect(divergence(from: [1, 2], to: [1, 2], count: 2) == 0)
    // A shift of all scores changes no probability.
    #expect(divergence(from: [1, 2], to: [4, 5], count: 2) < 1e-30)
    // P = (1/2, 1/2), Q = (1/(1+e), e/(1+e)): ln ((1 + e) / 2) - 1/2
    #expect(abs(divergence(from: [0, 0], to: [0, 1], count: 2) - (log((1 + exp(1.0)) / 2) - 0.5)) < 1e-15)
    #expect(divergence(from: [0, 0], to: [0, -.infinity], count: 2) == .infinity)
    #expect(abs(divergence(from: [0, -.infinity], to: [0, 0], count: 2) - log(2.0)) < 1e-15)
    #expect(abs(divergence(from: [0, 0], to: [0, 1e30], count: 2) / 0.5e30 - 1) < 1e-7)
    #expect(divergence(from: [0, .nan], to: [0, 0], count: 2).isNaN)
    #expect(divergence(from: [0, 0], to: [.nan, 0], count: 2).isNaN)
    #expect(divergence(from: [0, .infinity], to: [0, 0], count: 2).isNaN)
    #expect(divergence(from: [0, 0], to: [0, .infinity], count: 2).isNaN)
    // The intact probability of class 1 is below the smallest number.
    #expect(divergence(from: [0, -800], to: [0, .infinity], count: 2).isNaN)
    #expect(abs(divergence(from: [0, -800], to: [0, 50], count: 2) - 50) < 1e-12)
    #expect(divergence(from: [3], to: [-5], count: 1) == 0)
  }
}
