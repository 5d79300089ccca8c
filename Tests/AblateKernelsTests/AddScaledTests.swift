import AblateKernelInterface
import AblateRuntime
import AblateTestSupport
import Testing

@Suite struct AddScaledTests {
  /// A packed matrix of which the weights of each input are known.
  private struct Case {
    let k = 5
    let n: Int
    /// [n, k]
    let weights: [Float]

    /// - Parameter first: of all weights of the first unit, in place of a drawn one.
    init(_ n: Int, first: Float? = nil, _ value: () -> Float) {
      self.n = n
      let k = k
      weights = (0..<n * k).map { $0 < k ? first ?? value() : value() }
    }

    func ofInput(_ input: Int) -> [Float] { (0..<n).map { weights[$0 * k + input] } }

    func packed(_ table: KernelTable) -> [Float] {
      var packed = [Float](repeating: .nan, count: table.packedCount(k, n))
      var bias = [Float](repeating: .nan, count: table.packedBiasCount(n))
      table.pack(weights, k, 1, nil, k, n, &packed, &bias)
      return packed
    }

    /// With values behind that are read, and do not count.
    func padded(_ values: [Float], with filler: Float) -> [Float] {
      values + Array(repeating: filler, count: (n + 15) / 16 * 16 - n)
    }
  }

  private static let widths = [1, 2, 3, 4, 5, 8, 9, 16, 17, 24, 25, 32, 33, 40, 41, 196]

  /// The same bits as with the weights of the input next to each other; then ReLU, which keeps NaN and -0.
  @Test(arguments: widths, [0, 0.5] as [Float]) func packedInputs(n: Int, delta: Float) {
    var random = Randomness(seed: 5)
    let drawn = Case(n, first: -0x1p-149) {
      let value = random.values(1)[0]
      return value > 0.9 ? .nan : value
    }
    let z = random.values(n).enumerated().map { $0 == 0 ? -0.0 : $1 }
    for table in Kernels.available {
      let packed = drawn.packed(table)
      for input in 0..<drawn.k {
        var sums = [Float](repeating: 1, count: n)
        table.addScaled(z, delta, drawn.ofInput(input), &sums, n)
        #expect(sums[0].bitPattern == (-0.0 as Float).bitPattern || delta > 0)
        var found = drawn.padded(z, with: 7)
        table.addScaledInput(drawn.padded(z, with: 7), delta, packed, drawn.k, n, input, &found, false)
        #expect(found.prefix(n).map(\.bitPattern) == sums.map(\.bitPattern), "\(table.name)")
        table.addScaledInput(drawn.padded(z, with: 7), delta, packed, drawn.k, n, input, &found, true)
        #expect(found.prefix(n).map(\.bitPattern) == sums.map { $0 < 0 ? 0 : $0.bitPattern }, "\(table.name)")
      }
    }
  }

  /// Sums of products of small multiples of 1/8 are exact in any order.
  @Test(arguments: widths) func leadsOfUpdates(n: Int) {
    var random = Randomness(seed: 9)
    func eighths() -> Float { Float(Int.random(in: -15...15, using: &random)) / 8 }
    let drawn = Case(n, eighths)
    for table in Kernels.available {
      let packed = drawn.packed(table)
      for input in 0..<drawn.k {
        let (z, own, rival) = (
          (0..<n).map { _ in eighths() }, (0..<n).map { _ in eighths() }, (0..<n).map { _ in eighths() }
        )
        let delta = eighths()
        let values = zip(z, drawn.ofInput(input)).map { max(0, $0 + delta * $1) }
        let expected = (0..<n).reduce(Float(0)) { $0 + values[$1] * (own[$1] - rival[$1]) }
        let found = table.updatedLead(
          drawn.padded(z, with: 3), delta, packed, drawn.k, n, input, drawn.padded(own, with: 0),
          drawn.padded(rival, with: 0))
        #expect(found == expected, "\(table.name), input \(input)")
      }
    }
  }
}
