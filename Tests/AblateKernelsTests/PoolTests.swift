import AblateRuntime
import AblateTestSupport
import Testing

@Suite struct PoolTests {
  @Test(arguments: 1...150) func windows(seed: Int) {
    var random = Randomness(seed: UInt64(seed))
    let geometry = randomGeometry(&random)
    let channels = [1, 3, 4, 8, 10, 16, 33].randomElement(using: &random) ?? 1
    let x = random.values(geometry.inputHeight * geometry.inputWidth * channels)
    let end = Int.random(in: 1...geometry.outputHeight, using: &random)
    let start = Int.random(in: 0..<end, using: &random)
    for pooling in [Pooling.maximum, .average, .averageCountingPadding] {
      let expected = pool(pooling, geometry, channels, x)
      let width = geometry.outputWidth * channels
      for table in Kernels.available {
        var y = [Float](repeating: -77, count: expected.count)
        withGuardedCopy(of: x) { table.pool(pooling, geometry, channels, $0, &y, start..<end) }
        #expect(sameBits(Array(y[start * width..<end * width]), Array(expected[start * width..<end * width])))
        #expect(y[..<(start * width)].allSatisfy { $0 == -77 } && y[(end * width)...].allSatisfy { $0 == -77 })
      }
    }
  }

  /// Tap by tap, in plain loops.
  private func pool(_ pooling: Pooling, _ geometry: WindowGeometry, _ channels: Int, _ x: [Float]) -> [Float] {
    var result: [Float] = []
    for row in 0..<geometry.outputHeight {
      for column in 0..<geometry.outputWidth {
        for channel in 0..<channels {
          var sum: Float = 0
          var largest = -Float.infinity
          var inside = 0
          var padded = 0
          for tapRow in 0..<geometry.kernelHeight {
            for tapColumn in 0..<geometry.kernelWidth {
              let inputRow = row * geometry.strideY - geometry.padTop + tapRow * geometry.dilationY
              let inputColumn = column * geometry.strideX - geometry.padLeft + tapColumn * geometry.dilationX
              if inputRow < geometry.inputHeight + geometry.padBottom
                && inputColumn < geometry.inputWidth + geometry.padRight
              {
                padded += 1
              }
              guard (0..<geometry.inputHeight).contains(inputRow), (0..<geometry.inputWidth).contains(inputColumn)
              else { continue }
              let value = x[(inputRow * geometry.inputWidth + inputColumn) * channels + channel]
              inside += 1
              sum += value
              largest = max(largest, value)
            }
          }
          switch pooling {
          case .maximum: result.append(largest)
          case .average: result.append(sum / Float(inside))
          case .averageCountingPadding: result.append(sum / Float(padded))
          }
        }
      }
    }
    return result
  }

  /// With ceil_mode a window may begin in the last padding and go beyond it: ONNX Runtime's figures for an image of ones, 6 by 6, windows
  /// of 3 by 3, strides 2, pads 1.
  @Test func whatLiesBeyondThePaddingDoesNotCount() {
    let geometry = WindowGeometry(
      inputHeight: 6, inputWidth: 6, kernelHeight: 3, kernelWidth: 3, strideY: 2, strideX: 2, padTop: 1, padLeft: 1,
      padBottom: 1, padRight: 1, outputHeight: 4, outputWidth: 4)
    let ones = [Float](repeating: 1, count: 36)
    for table in Kernels.available {
      var y = [Float](repeating: 0, count: 16)
      table.pool(.averageCountingPadding, geometry, 1, ones, &y, 0..<4)
      #expect(y[0] == Float(4) / 9 && y[3] == Float(1) / 3 && y[5] == 1 && y[7] == 0.5 && y[15] == 0.25)
      table.pool(.average, geometry, 1, ones, &y, 0..<4)
      #expect(y == [Float](repeating: 1, count: 16))
    }
  }

  @Test func aNaNAnywhereIsTheLargest() {
    for table in Kernels.available {
      for channels in [1, 8, 19] {
        for place in 0..<4 {
          var x = [Float](repeating: 1, count: 4 * channels)
          x[place * channels] = .nan
          let geometry = WindowGeometry(
            inputHeight: 1, inputWidth: 4, kernelHeight: 1, kernelWidth: 4, outputHeight: 1, outputWidth: 1)
          var y = [Float](repeating: 0, count: channels)
          table.pool(.maximum, geometry, channels, x, &y, 0..<1)
          #expect(y[0].isNaN && y[1...].allSatisfy { $0 == 1 })
          table.globalMaximum(x, 4, channels, &y)
          #expect(y[0].isNaN && y[1...].allSatisfy { $0 == 1 })
        }
      }
    }
  }

  @Test(arguments: [1, 3, 8, 24, 70]) func overAllPositions(channels: Int) {
    var random = Randomness(seed: UInt64(channels))
    for positions in [1, 2, 49, 100] {
      let x = random.values(positions * channels)
      for table in Kernels.available {
        var mean = [Float](repeating: 0, count: channels)
        var largest = mean
        withGuardedCopy(of: x) {
          table.globalAverage($0, positions, channels, &mean)
          table.globalMaximum($0, positions, channels, &largest)
        }
        for channel in 0..<channels {
          let values = stride(from: channel, to: x.count, by: channels).map { x[$0] }
          #expect(mean[channel] == values.reduce(0, +) / Float(positions))
          #expect(largest[channel] == values.max())
        }
      }
    }
  }
}
