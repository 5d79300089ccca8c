import AblateRuntime
import AblateTestSupport
import Testing

/// Partners of a unit and what a prediction becomes with them, against scalar loops over what the documentation says.
@Suite struct PartnerTests {
  private static let kernels = Kernels.available

  private struct Case {
    let rivals: Int
    let count: Int
    let stride: Int
    var leads: [Float]
    var losses: [Float]
    let slack: Float = 0.125
    let slacks: [Float]
    let effects: [Float]

    init(seed: UInt64, rivals: Int, count: Int) {
      var random = Randomness(seed: seed)
      self.rivals = rivals
      self.count = count
      stride = count + 16
      // Eighths, so that leads are often as large as the slack, and equal to each other.
      func eighths(_ count: Int, _ range: ClosedRange<Int>) -> [Float] {
        (0..<count).map { _ in Float(Int.random(in: range, using: &random)) / 8 }
      }
      leads = eighths(rivals, 0...12)
      losses = eighths(rivals * stride, -4...16)
      slacks = eighths(stride, 0...1)
      effects = eighths(stride, 0...8)
      if seed % 3 == 0 {
        leads[Int.random(in: 0..<rivals, using: &random)] = .infinity
        for rare in [Float.nan, .infinity, -.infinity] {
          losses[Int.random(in: 0..<rivals * stride, using: &random)] = rare
        }
      }
    }

    func leadsWithout(_ partner: Int) -> [Float] { (0..<rivals).map { leads[$0] - losses[$0 * stride + partner] } }

    func isOpen(_ partner: Int, limit: Float) -> Bool {
      !(effects[partner] < limit) && leadsWithout(partner).contains { !(slack + slacks[partner] < $0) }
    }

    func winner(_ partner: Int) -> Int {
      let leads = leadsWithout(partner)
      let slack = slack + slacks[partner]
      if leads.contains(where: { $0.isNaN }) { return -1 }
      return (0..<rivals).first { rival in
        leads[rival] < -slack && (0..<rivals).allSatisfy { $0 == rival || leads[$0] - leads[rival] > slack }
      } ?? -1
    }
  }

  @Test(arguments: [1, 2, 3, 10, 16, 17], [2, 8, 9, 16, 17, 40, 100])
  func partnersAreListedWithTheClassThatWins(rivals: Int, count: Int) {
    var isWon = false
    for seed in 0..<UInt64(20) {
      let drawn = Case(seed: seed, rivals: rivals, count: count)
      for (first, limit) in [(1, Float(0.5)), (count / 2, 0), (count - 1, -1), (1, .nan)] {
        let expected = (first..<count).filter { drawn.isOpen($0, limit: limit) }
        for kernels in Self.kernels {
          var out = [Int32](repeating: -1, count: count + 1 - first)
          var winners = [Int32](repeating: -2, count: count + 16)
          let found = kernels.openPartners(
            drawn.leads, drawn.losses, drawn.stride, rivals, drawn.slack, drawn.slacks, drawn.effects, limit, first,
            count, &out, &winners)
          #expect(out[..<found].map { Int($0) } == expected, "\(kernels.name), \(seed), from \(first), limit \(limit)")
          for partner in expected {
            #expect(Int(winners[partner]) == drawn.winner(partner), "\(kernels.name), \(seed), partner \(partner)")
            isWon = isWon || winners[partner] >= 0
          }
        }
      }
    }
    #expect(isWon)
  }
}
