import AblateRuntime
import AblateTestSupport
import Testing

@Suite struct CombineTests {
  @Test(arguments: [1, 3, 4, 8, 17, 64, 1024, 2500]) func sumsAndProducts(n: Int) {
    var random = Randomness(seed: UInt64(n))
    let (a, b) = (random.values(n), random.values(n))
    for table in Kernels.available {
      withGuardedCopy(of: a) { a in
        withGuardedCopy(of: b) { b in
          var y = [Float](repeating: -77, count: n + 16)
          table.add(a, b, &y, n, .identity)
          #expect((0..<n).allSatisfy { y[$0] == a[$0] + b[$0] } && y[n...].allSatisfy { $0 == -77 })
          table.add(a, b, &y, n, .relu)
          #expect((0..<n).allSatisfy { y[$0] == max(0, a[$0] + b[$0]) } && y[n...].allSatisfy { $0 == -77 })
          table.add(a, b, &y, n, Activation(.clip, alpha: -0.25, beta: 0.5))
          #expect((0..<n).allSatisfy { y[$0] == min(0.5, max(-0.25, a[$0] + b[$0])) })
          var sigmoids = (0..<n).map { a[$0] + b[$0] }
          table.activate(Activation(.sigmoid), sigmoids, &sigmoids, n)
          table.add(a, b, &y, n, Activation(.sigmoid))
          #expect(Array(y[..<n]) == sigmoids && y[n...].allSatisfy { $0 == -77 })
          table.multiply(a, b, &y, n)
          #expect((0..<n).allSatisfy { y[$0] == a[$0] * b[$0] } && y[n...].allSatisfy { $0 == -77 })
        }
      }
    }
  }

  @Test(arguments: [1, 3, 8, 24, 33]) func scalesOfChannels(channels: Int) {
    var random = Randomness(seed: UInt64(channels))
    let x = random.values(7 * channels)
    let scale = random.values(channels)
    for table in Kernels.available {
      var y = x
      withGuardedCopy(of: scale) { table.multiplyChannels(y, $0, &y, 7, channels) }
      #expect(x.indices.allSatisfy { y[$0] == x[$0] * scale[$0 % channels] })
    }
  }

  @Test func valuesInAnotherOrder() {
    for table in Kernels.available {
      var y = [Float](repeating: -77, count: 6)
      table.arrange([1, 2, 3], [2, -1, 0, 0, 1], 9, &y, 5)
      #expect(y == [3, 9, 1, 1, 2, -77])
    }
  }
}
