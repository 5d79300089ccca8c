import AblateRuntime
import AblateTestSupport
import Testing

@Suite struct AddScaledTests {
  /// The same bits as the update first and the ReLU then.
  @Test(arguments: [1, 3, 8, 16, 40, 41], [0, 0.5] as [Float]) func withReLU(count: Int, delta: Float) {
    var random = Randomness(seed: 5)
    let z = random.values(count).enumerated().map { $0 == 0 ? -0.0 : $1 }
    let w = random.values(count).enumerated().map { $0 == 0 ? -1e-45 : $1 > 0.9 ? .nan : $1 }
    for table in Kernels.available {
      var sums = [Float](repeating: 1, count: count)
      table.addScaled(z, delta, w, &sums, count)
      #expect(sums[0].bitPattern == (-0.0 as Float).bitPattern || delta > 0)
      let expected = sums.map { $0 < 0 ? 0 : $0.bitPattern }
      table.addScaledReLU(z, delta, w, &sums, count)
      #expect(sums.map(\.bitPattern) == expected)
    }
  }
}
