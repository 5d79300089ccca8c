import AblateRuntime
import AblateTestSupport
import Testing

/// The lists of open values against scalar loops over what their documentation says.
@Suite struct BoundsTests {
  private static let kernels = Kernels.available
  /// Values that comparisons treat in their own way.
  private static let rare: [Float] = [
    .nan, .infinity, -.infinity, 0, -0.0, .greatestFiniteMagnitude, .leastNonzeroMagnitude,
  ]

  private struct Case {
    var random: Randomness
    let count: Int
    let x: [Float]
    let replacements: [Float]

    init(seed: UInt64, count: Int) {
      random = Randomness(seed: seed)
      self.count = count
      var x = random.values(count)
      var replacements = random.values(count + 16)
      if seed % 2 == 0 {
        for _ in 0..<max(1, count / 4) {
          x[Int.random(in: 0..<count, using: &random)] = rare.randomElement(using: &random) ?? 0
          replacements[Int.random(in: 0..<count, using: &random)] = rare.randomElement(using: &random) ?? 0
        }
      }
      for index in 0..<count where Int.random(in: 0..<4, using: &random) == 0 { replacements[index] = x[index] }
      self.x = x
      self.replacements = replacements
    }

    mutating func bounds(_ count: Int) -> [Float] {
      var bounds = random.values(count, 0...1)
      if count > 8 { bounds[count / 2] = .infinity }
      return bounds
    }
  }

  private static func isBelow(_ change: Float, _ raise: Float, _ lower: Float, _ limit: Float) -> Bool {
    (change < 0 ? -change * lower : change * raise) < limit
  }

  @Test(arguments: [1, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 100, 196, 392])
  func undecidedLeavesOutWhatIsBelowTheLimit(count: Int) {
    for seed in 0..<UInt64(12) {
      var drawn = Case(seed: seed, count: count)
      let (raise, lower) = (drawn.bounds(count + 16), drawn.bounds(count + 16))
      for limit in [Float(0.001), 0.2, 0.9, 2, 0, -1, .infinity, .nan] {
        let expected = (0..<count).filter {
          drawn.x[$0] != drawn.replacements[$0]
            && !Self.isBelow(drawn.replacements[$0] - drawn.x[$0], raise[$0], lower[$0], limit)
        }
        for kernels in Self.kernels {
          var out = [Int32](repeating: -1, count: count + 16)
          var found = 0
          withGuardedCopy(of: drawn.x) {
            found = kernels.undecided($0, drawn.replacements, raise, lower, limit, count, &out)
          }
          #expect(out[..<found].map { Int($0) } == expected, "\(kernels.name), \(seed), limit \(limit)")
        }
      }
    }
  }

  @Test(arguments: [1, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 100, 196, 392])
  func productsNotBelowListsWhatReachesTheLimit(count: Int) {
    for seed in 0..<UInt64(12) {
      var drawn = Case(seed: seed, count: count)
      let weights = drawn.bounds(count + 16)
      for limit in [Float(0.001), 0.2, 0.9, 2, 0, -1, .infinity, .nan] {
        let expected = (0..<count).filter { drawn.x[$0] != 0 && !(drawn.x[$0] * weights[$0] < limit) }
        for kernels in Self.kernels {
          var out = [Int32](repeating: -1, count: count + 16)
          var found = 0
          withGuardedCopy(of: drawn.x) {
            found = kernels.productsNotBelow($0, weights, limit, count, &out)
          }
          #expect(out[..<found].map { Int($0) } == expected, "\(kernels.name), \(seed), limit \(limit)")
        }
      }
    }
  }

  @Test(arguments: [1, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 100, 196, 392])
  func weightedMagnitudesAreThoseOfEachRow(count: Int) {
    let rows = 5
    for seed in 0..<UInt64(12) {
      // What is behind a row does not count.
      let stride = count + (seed % 3 == 0 ? 0 : 7)
      var drawn = Case(seed: seed, count: rows * stride)
      let x = Array(drawn.x[..<((rows - 1) * stride + count)])
      let weights = drawn.random.values(count, 0...1)
      for kernels in Self.kernels {
        var weighted = [Float](repeating: -1, count: rows)
        var largest = weighted
        withGuardedCopy(of: x) { x in
          withGuardedCopy(of: weights) {
            kernels.weightedMagnitudes(x, stride, rows, count, $0, &weighted, &largest)
          }
        }
        for row in 0..<rows {
          let own = x[row * stride..<row * stride + count].map { abs($0) }
          let sum = zip(own, weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
          let isNaN = own.contains { $0.isNaN }
          #expect(isNaN ? largest[row].isNaN : largest[row] == own.max(), "\(kernels.name), \(seed), row \(row)")
          #expect(
            sum.isFinite && sum < 0x1p127
              ? abs(Double(weighted[row]) - sum) <= 1e-5 * sum : !(weighted[row] < .greatestFiniteMagnitude / 4),
            "\(kernels.name), \(seed), row \(row)")
        }
      }
    }
  }

  @Test(arguments: [1, 2, 4, 7, 8, 9, 15, 16])
  func unprovenComparesEachClass(classes: Int) {
    let stride = 16
    for seed in 0..<UInt64(24) {
      let count = 21
      var drawn = Case(seed: seed, count: count)
      // None behind the classes.
      let (raise, lower) = (
        drawn.bounds(count * stride).enumerated().map { $0 % stride < classes ? $1 : 0 },
        drawn.bounds(count * stride).enumerated().map { $0 % stride < classes ? $1 : 0 }
      )
      var limits = drawn.random.values(classes, 0.2...1.5) + Array(repeating: .infinity, count: stride - classes)
      limits[Int(seed) % classes] = seed % 3 == 0 ? .infinity : .nan
      let listed = (0..<count).filter { $0 % 3 != 1 }
      let expected = listed.filter { index in
        let change = drawn.replacements[index] - drawn.x[index]
        return !(0..<classes).allSatisfy {
          Self.isBelow(change, raise[index * stride + $0], lower[index * stride + $0], limits[$0])
        }
      }
      for kernels in Self.kernels {
        var indices = listed.map { Int32($0) }
        let kept = kernels.unproven(
          drawn.x, drawn.replacements, raise, lower, stride, limits, classes, &indices, listed.count)
        let found = indices[..<kept].map { Int($0) }
        // Where an effect is infinite or no number, what lies behind the classes may keep an index open, too.
        let sure = found.filter { (drawn.replacements[$0] - drawn.x[$0]).isFinite }
        #expect(Set(expected).isSubset(of: found), "\(kernels.name), \(seed)")
        #expect(sure == expected.filter { (drawn.replacements[$0] - drawn.x[$0]).isFinite }, "\(kernels.name), \(seed)")
      }
    }
  }

  @Test(arguments: [1, 3, 7, 8, 9, 15, 16, 17, 25, 33, 196])
  func magnitudesAreSums(count: Int) {
    var random = Randomness(seed: UInt64(count))
    // Multiples of 1/64 below 1, whose sums of products are exact in any order.
    let x = (0..<count).map { _ in Float(Int.random(in: -63...63, using: &random)) / 64 }
    let weights = (0..<count).map { _ in Float(Int.random(in: -63...63, using: &random)) / 64 }
    for kernels in Self.kernels {
      var found = RowMagnitudes(weighted: .nan, sum: .nan, largest: .nan, nonZeros: -1)
      withGuardedCopy(of: x) { x in withGuardedCopy(of: weights) { found = kernels.magnitudes(x, $0, count) } }
      #expect(found.sum == x.reduce(0) { $0 + abs($1) }, "\(kernels.name)")
      #expect(found.weighted == zip(x, weights).reduce(0) { $0 + abs($1.0) * abs($1.1) }, "\(kernels.name)")
      #expect(found.largest == x.map { abs($0) }.max(), "\(kernels.name)")
      #expect(found.nonZeros == x.filter { $0 != 0 }.count, "\(kernels.name)")
    }
  }
}
