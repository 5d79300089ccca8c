import AblateRuntime
import AblateTestSupport
import Glibc
import Testing

private func rows(_ kernel: (UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void, _ x: [Float]) -> [Float] {
  var y = [Float](repeating: .nan, count: x.count)
  kernel(x, &y)
  return y
}

@Suite struct SoftmaxTests {
  @Test(arguments: [1, 2, 3, 7, 8, 10, 16, 17, 31, 100, 1000]) func agreesWithFloat64(n: Int) {
    var random = Randomness(seed: UInt64(n))
    for scale in [0.1, 1, 20, 200] as [Float] {
      let x = random.values(5 * n).map { $0 * scale }
      for table in Kernels.available {
        let soft = rows({ table.softmax($0, n, $1, n, 5, n) }, x)
        let logarithms = rows({ table.logSoftmax($0, n, $1, n, 5, n) }, x)
        for row in 0..<5 {
          let values = x[row * n..<(row + 1) * n].map(Double.init)
          let largest = values.max() ?? 0
          let sum = values.reduce(0) { $0 + exp($1 - largest) }
          for column in 0..<n {
            let exact = values[column] - largest - log(sum)
            // Subtracting the largest rounds by up to half an ulp of the difference, which the exponential makes relative.
            let spread = abs(values[column] - largest)
            #expect(abs(Double(logarithms[row * n + column]) - exact) <= 1.5e-7 * (max(1, abs(exact)) + spread))
            #expect(abs(Double(soft[row * n + column]) - exp(exact)) <= 1e-6 * max(1, spread) * exp(exact) + 1e-44)
          }
        }
      }
    }
  }

  @Test func bitsDependOnNeitherRowsNorInstructionSet() {
    var random = Randomness(seed: 3)
    for n in [1, 5, 8, 10, 16, 20, 33] {
      let x = random.values(4 * n).map { $0 * 10 }
      let fused = Kernels.available.filter { $0.name.description != "baseline" }
      let results = fused.map { table in
        rows({ table.softmax($0, n, $1, n, 4, n) }, x) + rows({ table.logSoftmax($0, n, $1, n, 4, n) }, x)
      }
      for result in results { #expect(result == results[0]) }
      for table in fused {
        let last = rows({ table.softmax($0, n, $1, n, 1, n) }, Array(x[3 * n..<4 * n]))
        #expect(last == Array(results[0][3 * n..<4 * n]))
      }
    }
  }

  @Test func edges() {
    for table in Kernels.available {
      #expect(rows({ table.softmax($0, 2, $1, 2, 1, 2) }, [-.infinity, 0]) == [0, 1])
      #expect(rows({ table.softmax($0, 2, $1, 2, 1, 2) }, [.nan, 0]).allSatisfy { $0.isNaN })
      #expect(rows({ table.softmax($0, 2, $1, 2, 1, 2) }, [.infinity, 0])[0].isNaN)
      #expect(rows({ table.logSoftmax($0, 2, $1, 2, 1, 2) }, [-.infinity, 0]) == [-.infinity, 0])
    }
  }
}

@Suite struct ArgmaxTests {
  private func argmax(_ x: [Float], _ table: KernelTable) -> Int32 {
    var y: [Int32] = [-1]
    table.argmax(x, x.count, &y, 1, x.count)
    return y[0]
  }

  @Test func firstOfEqualsAndFirstNaN() {
    for table in Kernels.available {
      #expect(argmax([1], table) == 0)
      #expect(argmax([1, 3, 3, 2], table) == 1)
      #expect(argmax([-.infinity, -.infinity], table) == 0)
      #expect(argmax([0, -0.0], table) == 0)
      #expect(argmax([1, .nan, 9, .nan], table) == 1)
      #expect(argmax([.nan, 9], table) == 0)
      #expect(argmax((0..<1000).map { Float($0 == 777 ? 5 : 0) }, table) == 777)
    }
  }
}
