import AblateRuntime
import AblateTestSupport
import Testing

/// Tables with fused multiply-add: their results are one chain of it per element.
private let fused = Kernels.available.filter { $0.name.description != "baseline" }

/// A product with random values, sizes and strides.
private struct Product {
  let k: Int
  let n: Int
  let rows: Int
  let aStride: Int
  let cStride: Int
  let isReLU: Bool
  let a: [Float]
  let weights: [Float]
  let bias: [Float]

  init(seed: Int) {
    var random = Randomness(seed: UInt64(seed))
    let ks = [1, 2, 7, 16, 63, 64, 100, 392, 784, 1023, 1024, 1025, 2100]
    let ns = [1, 2, 3, 4, 5, 8, 9, 10, 15, 16, 17, 24, 31, 32, 33, 40, 48, 49, 64, 100, 196, 392]
    let counts = [1, 2, 3, 5, 6, 7, 11, 12, 13, 17, 25, 36, 64]
    k = ks.randomElement(using: &random) ?? 1
    n = ns.randomElement(using: &random) ?? 1
    rows = counts.randomElement(using: &random) ?? 1
    aStride = k + ([0, 1, 16].randomElement(using: &random) ?? 0)
    cStride = [n, n + 3, (n + 15) & ~15, (n + 31) & ~31].randomElement(using: &random) ?? n
    isReLU = Bool.random(using: &random)
    var a = random.values(rows * aStride)
    var weights = random.values(n * k)
    var bias = random.values(n)
    if seed % 2 == 0 {
      Self.addZeros(to: &a, stride: aStride, &random)
      // Products of these vanish, with either sign.
      for index in a.indices where index % 5 == seed % 5 { a[index] *= 1e-25 }
      for index in weights.indices where index / k % 2 == 0 { weights[index] *= 1e-25 }
      for index in bias.indices where index % 2 == 0 { bias[index] = index % 4 == 0 ? 0 : -0.0 }
    }
    self.a = a
    self.weights = weights
    self.bias = bias
  }

  /// Most inputs become 0 or -0 in all rows, some more in one row or the other.
  private static func addZeros(to a: inout [Float], stride: Int, _ random: inout Randomness) {
    for column in 0..<stride {
      let isBackground = Int.random(in: 0..<10, using: &random) < 7
      for index in Swift.stride(from: column, to: a.count, by: stride)
      where isBackground || Int.random(in: 0..<4, using: &random) == 0 {
        a[index] = Bool.random(using: &random) ? 0 : -0.0
      }
    }
  }

  /// Element by element, one chain over ascending k from the bias.
  func chain(_ step: (Float, Float, Float) -> Float) -> [Float] {
    var result: [Float] = []
    for row in 0..<rows {
      for unit in 0..<n {
        var sum = bias[unit]
        for index in 0..<k { sum = step(sum, a[row * aStride + index], weights[unit * k + index]) }
        result.append(isReLU && sum < 0 ? 0 : sum)
      }
    }
    return result
  }

  /// By the kernels, rows and panels in random pieces. What lies behind the last row is checked to be untouched.
  func multiply(_ table: KernelTable, seed: Int = 0) -> [Float] {
    var random = Randomness(seed: UInt64(seed))
    var packed = [Float](repeating: .nan, count: table.packedCount(k, n))
    var packedBias = [Float](repeating: .nan, count: table.packedBiasCount(n))
    table.pack(weights, k, 1, bias, k, n, &packed, &packedBias)
    let guardCount = 64
    let end = rows * cStride
    var c = [Float](repeating: -77, count: end + guardCount)
    let panels = table.panelCount(n)
    let cut = seed == 0 ? panels : Int.random(in: 0...panels, using: &random)
    c.withUnsafeMutableBufferPointer { c in
      guard let c = c.baseAddress else { return }
      var row = 0
      while row < rows {
        let count = seed == 0 ? rows : Int.random(in: 1...(rows - row), using: &random)
        for part in [0..<cut, cut..<panels] where !part.isEmpty {
          a.withUnsafeBufferPointer { a in
            guard let a = a.baseAddress else { return }
            table.gemm(
              packed, packedBias, k, n, a + row * aStride, aStride, c + row * cStride, cStride, count, part, isReLU)
          }
        }
        row += count
      }
    }
    #expect(c[end...].allSatisfy { $0 == -77 })
    return (0..<rows).flatMap { row in Array(c[row * cStride..<row * cStride + n]) }
  }
}

@Suite struct GemmTests {
  @Test(.enabled(if: !fused.isEmpty, "SKIPPED: this processor has no fused multiply-add"), arguments: 1...150)
  func everyElementIsOneChainOfFusedMultiplyAdds(seed: Int) {
    let product = Product(seed: seed)
    let expected = product.chain { $0.addingProduct($1, $2) }
    for table in fused {
      #expect(sameBits(product.multiply(table), expected), "\(table.name)")
      #expect(sameBits(product.multiply(table, seed: seed), expected), "\(table.name), in pieces")
    }
  }

  /// Active inputs whose products vanish leave -0; terms 0 * w behind them turn it into +0, and so must leaving them out. In one column at a
  /// time, as it is found by panels: pairs of them, an odd one, last ones of every width.
  @Test(arguments: [64, 128, 160, 132, 136, 140, 144, 152]) func zerosThatAreLeftOutKeepTheSignOfZero(n: Int) {
    for table in Kernels.available {
      for negative in [0, 17, 40, n / 2 + 5, n - 1] {
        let (k, rows) = (100, 12)
        var a = [Float](repeating: 0, count: rows * k)
        for row in 0..<rows { for column in 40..<60 { a[row * k + column] = 0x1p-120 } }
        let weights = (0..<n * k).map { index -> Float in
          (40..<60).contains(index % k) ? (index / k == negative ? -0x1p-120 : 0x1p-120) : 1
        }
        let bias = (0..<n).map { $0 % 2 == 0 ? Float(0) : -0.0 }
        var packed = [Float](repeating: 0, count: table.packedCount(k, n))
        var packedBias = [Float](repeating: 0, count: table.packedBiasCount(n))
        table.pack(weights, k, 1, bias, k, n, &packed, &packedBias)
        var c = [Float](repeating: .nan, count: rows * n)
        table.gemm(packed, packedBias, k, n, a, k, &c, n, rows, 0..<table.panelCount(n), false)
        #expect(c.allSatisfy { $0.bitPattern == 0 }, "\(table.name), column \(negative)")
      }
    }
  }

  @Test(.enabled(if: fused.count > 1, "SKIPPED: v3 = v4 needs a processor with AVX-512"), arguments: 1...150)
  func allFusedTablesGiveTheSameBits(seed: Int) {
    let product = Product(seed: seed)
    let results = fused.map { product.multiply($0) }
    for result in results { #expect(sameBits(result, results[0])) }
  }

  @Test(arguments: 1...60) func theLastTableMultipliesAndAdds(seed: Int) {
    let product = Product(seed: seed)
    guard let table = Kernels.available.last, table.name.description == "baseline" else { return }
    #expect(sameBits(product.multiply(table, seed: seed), product.chain { $0 + $1 * $2 }))
  }

  /// |error| <= γ_k (|bias| + Σ|a w|), γ_k = 2k u / (1 - 2k u): Higham, Accuracy and Stability of Numerical Algorithms, 3.1.
  @Test(arguments: 1...30) func allTablesAreWithinTheRoundingBoundOfFloat64(seed: Int) {
    let product = Product(seed: seed)
    for table in Kernels.available {
      let result = product.multiply(table)
      for row in 0..<product.rows {
        for unit in 0..<product.n {
          var exact = Double(product.bias[unit])
          var magnitude = abs(exact)
          for index in 0..<product.k {
            let term =
              Double(product.a[row * product.aStride + index]) * Double(product.weights[unit * product.k + index])
            exact += term
            magnitude += abs(term)
          }
          if product.isReLU && exact < 0 { exact = 0 }
          let steps = 2 * Double(product.k) * 0x1p-24
          #expect(abs(Double(result[row * product.n + unit]) - exact) <= steps / (1 - steps) * magnitude)
        }
      }
    }
  }

  /// - Parameter active: how many inputs of a row are not 0; rows of the same kind, one in eleven, have the same.
  @Test(arguments: [784, 200, 1]) func aRowDoesNotDependOnItsBatch(active: Int) {
    var random = Randomness(seed: 9)
    let (k, n, rows) = (784, 392, 1000)
    let weights = random.values(k * n)
    let bias = random.values(n)
    var a = random.values(rows * k)
    for row in 0..<rows {
      let first = row * 37 % 11 * (k - active) / 10
      for column in 0..<k where !(first..<first + active).contains(column) { a[row * k + column] = 0 }
    }
    for table in Kernels.available {
      var packed = [Float](repeating: 0, count: table.packedCount(k, n))
      var packedBias = [Float](repeating: 0, count: table.packedBiasCount(n))
      table.pack(weights, k, 1, bias, k, n, &packed, &packedBias)
      var all = [Float](repeating: 0, count: rows * n)
      table.gemm(packed, packedBias, k, n, a, k, &all, n, rows, 0..<table.panelCount(n), false)
      for row in [0, 1, 2, 191, 192, 500, 997, 999] {
        var one = [Float](repeating: 0, count: n)
        table.gemm(
          packed, packedBias, k, n, Array(a[row * k..<(row + 1) * k]), k, &one, n, 1, 0..<table.panelCount(n), false)
        #expect(sameBits(one, Array(all[row * n..<(row + 1) * n])))
      }
    }
  }

  @Test func relu() {
    for table in Kernels.available {
      var packed = [Float](repeating: 0, count: table.packedCount(1, 1))
      var packedBias = [Float](repeating: 0, count: table.packedBiasCount(1))
      table.pack([1], 1, 1, [0], 1, 1, &packed, &packedBias)
      for (x, y) in [(Float(-2), Float(0)), (3, 3), (.infinity, .infinity), (-.infinity, 0)] {
        var c: [Float] = [7]
        table.gemm(packed, packedBias, 1, 1, [x], 1, &c, 1, 1, 0..<1, true)
        #expect(c == [y])
      }
      var c: [Float] = [7]
      table.gemm(packed, packedBias, 1, 1, [.nan], 1, &c, 1, 1, 0..<1, true)
      #expect(c[0].isNaN)
    }
  }
}
