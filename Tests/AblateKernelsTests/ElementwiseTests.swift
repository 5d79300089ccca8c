import AblateRuntime
import AblateTestSupport
import Glibc
import Testing

/// Values over many magnitudes, with the edges.
private let samples: [Float] = {
  var random = Randomness(seed: 5)
  var values: [Float] = [
    0, -0.0, 1, -1, 0.34, -0.34, 0.625, -0.625, 5.9604645e-8, -5.9604645e-8, .leastNonzeroMagnitude,
    -.leastNonzeroMagnitude, .leastNormalMagnitude, 1e-30, -1e-30, 16, -16, 88, -88, 104, -104, 1e10, -1e10,
    .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
  ]
  for scale in [1e-6, 1e-3, 0.1, 1, 3, 10, 30, 100] as [Float] {
    for value in random.values(4000) { values.append(value * scale) }
  }
  return values
}()

private func apply(_ activation: Activation, _ x: [Float], _ table: KernelTable) -> [Float] {
  var y = [Float](repeating: .nan, count: x.count)
  table.activate(activation, x, &y, x.count)
  return y
}

/// Distance from the exact value in units of the last place of the float nearest to it.
private func ulps(_ value: Float, _ exact: Double) -> Double {
  let nearest = Float(exact)
  if value == nearest { return 0 }
  if !value.isFinite || !nearest.isFinite { return .infinity }
  return abs(Double(value) - exact) / Double(max(nearest.magnitude, .leastNormalMagnitude).ulp)
}

private func normalDistribution(_ x: Double) -> Double { 0.5 * erfc(-x * 0.5.squareRoot()) }

/// Each function in float64 and the bound, in ulps, that its kernels keep with fused multiply-add.
private let references: [(activation: Activation, bound: Double, exact: @Sendable (Double) -> Double)] = [
  (.identity, 0, { $0 }),
  (.relu, 0, { max($0, 0) }),
  (Activation(.leakyReLU), 0.51, { $0 < 0 ? Double(Float(0.01)) * $0 : $0 }),
  (Activation(.elu), 3, { $0 < 0 ? expm1($0) : $0 }),
  (Activation(.selu), 4, { Double(Float(1.05070102)) * ($0 < 0 ? Double(Float(1.67326319)) * expm1($0) : $0) }),
  (Activation(.tanh), 2, { tanh($0) }),
  (Activation(.sigmoid), 3, { 1 / (1 + exp(-$0)) }),
  (Activation(.softplus), 3, { max($0, 0) + log1p(exp(-abs($0))) }),
  (Activation(.gelu), 8, { $0 * normalDistribution($0) }),
  (Activation(.silu), 4, { $0 / (1 + exp(-$0)) }),
  (Activation(.hardSwish), 3, { $0 * max(0, min(1, $0 / 6 + 0.5)) }),
  (Activation(.clip, alpha: 0, beta: 6), 0, { min(max($0, 0), 6) }),
  (Activation(.clip, alpha: 0, beta: 0), 0, { _ in 0 }),
  (Activation(.clip, alpha: 2, beta: -1), 0, { _ in -1 }),
  (Activation(.clip), 0, { $0 }),
]

@Suite struct ElementwiseTests {
  @Test(arguments: 0..<references.count) func isWithinItsBoundOfFloat64(index: Int) {
    let (activation, bound, exact) = references[index]
    for table in Kernels.available where table.name.description != "baseline" {
      var worst = 0.0
      var at: Float = 0
      for (x, y) in zip(samples, apply(activation, samples, table)) {
        // Hard swish cancels near -3; elsewhere relative accuracy holds.
        if activation.kind == .hardSwish && abs(x + 3) < 0.5 { continue }
        // There, e^x has few digits left: it is subnormal.
        if activation.kind == .silu && x < -87 { continue }
        let error = ulps(y, exact(Double(x)))
        if error > worst { (worst, at) = (error, x) }
      }
      #expect(worst <= bound, "\(activation.kind) at \(at) on \(table.name)")
    }
  }

  /// Their slopes at 0 and sums inside them make an absolute bound the fitting one.
  @Test func functionsThatCancelAreWithinAnAbsoluteBound() {
    for table in Kernels.available {
      let hard = apply(Activation(.hardSigmoid), samples, table)
      let smooth = apply(Activation(.geluTanh), samples, table)
      let gelu = apply(Activation(.gelu), samples, table)
      for (index, x) in samples.enumerated() where abs(x) < 1e4 {
        let exact = Double(x)
        #expect(abs(Double(hard[index]) - max(0, min(1, Double(Float(0.2)) * exact + 0.5))) <= 1.2e-7)
        let inner = (2 / Double.pi).squareRoot() * (exact + 0.044715 * exact * exact * exact)
        #expect(abs(Double(smooth[index]) - exact / 2 * (1 + tanh(inner))) <= 4e-7 * max(1, abs(exact)))
        #expect(abs(Double(gelu[index]) - exact * normalDistribution(exact)) <= 4e-7 * max(1, abs(exact)))
      }
    }
  }

  @Test func bitsDependOnNeitherPositionNorInstructionSet() {
    for kind in Activation.Kind.allCases {
      let activation = Activation(kind)
      let fused = Kernels.available.filter { $0.name.description != "baseline" }
      for table in Kernels.available {
        let together = apply(activation, samples, table)
        for index in 0..<300 {
          #expect(apply(activation, [samples[index]], table)[0].bitPattern == together[index].bitPattern)
        }
        if let first = fused.first, table.name.description != "baseline" {
          let reference = apply(activation, samples, first)
          #expect(zip(together, reference).allSatisfy { $0.bitPattern == $1.bitPattern }, "\(kind)")
        }
      }
    }
  }

  @Test func edges() {
    for table in Kernels.available {
      for kind in Activation.Kind.allCases {
        #expect(apply(Activation(kind), [.nan], table)[0].isNaN, "\(kind)")
      }
      #expect(apply(Activation(.tanh), [.infinity, -.infinity], table) == [1, -1])
      #expect(apply(Activation(.sigmoid), [.infinity, -.infinity, 0], table) == [1, 0, 0.5])
      #expect(apply(Activation(.softplus), [.infinity, -.infinity], table) == [.infinity, 0])
      #expect(apply(Activation(.elu), [.infinity, -.infinity], table) == [.infinity, -1])
      #expect(apply(Activation(.hardSigmoid), [.infinity, -.infinity], table) == [1, 0])
      #expect(apply(Activation(.clip, alpha: -2, beta: 6), [.infinity, -.infinity], table) == [6, -2])
      #expect(apply(Activation(.gelu), [.infinity, 0], table) == [.infinity, 0])
    }
  }

  @Test func affine() {
    for table in Kernels.available {
      for n in [1, 3, 4, 7, 8, 16, 19] {
        var random = Randomness(seed: UInt64(n))
        let x = random.values(2 * (n + 1))
        let (center, scale, shift) = (random.values(n), random.values(n), random.values(n))
        var y = [Float](repeating: -77, count: 2 * (n + 2))
        table.affine(x, n + 1, center, scale, shift, &y, n + 2, 2, n)
        for row in 0..<2 {
          for column in 0..<n {
            let centered = x[row * (n + 1) + column] - center[column]
            let expected =
              table.name.description == "baseline"
              ? shift[column] + centered * scale[column] : shift[column].addingProduct(centered, scale[column])
            #expect(y[row * (n + 2) + column] == expected)
          }
          #expect(y[row * (n + 2) + n] == -77)
        }
      }
    }
  }
}
