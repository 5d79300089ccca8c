import AblateTestSupport
import Testing

@testable import AblateRuntime

/// Each sum is one chain over the rows, in two portions here, on every instruction set: the bits are those of plain loops.
@Test(arguments: [(1, 1), (7, 5), (48, 33), (20, 50), (49, 70), (130, 97)])
func productsOfColumns(rows: Int, units: Int) throws {
  var randomness = Randomness(seed: UInt64(rows))
  let stride = units + 3
  let x = randomness.values(rows * stride).map { $0 < 0 ? 0 : $0 }
  for kernels in Kernels.available {
    let width = kernels.productPanelWidth
    let panelCount = (units + width - 1) / width
    let padded = panelCount * width
    let panelRows = rows + 2
    let panels = try Buffer<Double>(count: padded * panelRows)
    let sums = try Buffer<Double>(count: padded * padded)
    let portions = [0..<rows / 3, rows / 3..<rows]
    for portion in portions {
      x.withUnsafeBufferPointer {
        kernels.widen(
          $0.baseAddress! + portion.lowerBound * stride, stride, portion.count, units, panels.pointer, panelRows)
      }
      for panel in 0..<panelCount {
        kernels.addProducts(panels.pointer, panelRows, portion.count, panel, units, sums.pointer, padded)
      }
    }
    for first in 0..<units {
      for second in first..<units {
        var expected = 0.0
        for row in 0..<rows { expected += Double(x[row * stride + first]) * Double(x[row * stride + second]) }
        #expect(sums.pointer[first * padded + second] == expected, "\(kernels.name), \(first), \(second)")
      }
    }
  }
}
