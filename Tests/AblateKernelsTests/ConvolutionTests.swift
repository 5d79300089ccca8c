import AblateRuntime
import AblateTestSupport
import Testing

/// Tables with fused multiply-add.
private let fused = Kernels.available.filter { $0.name.description != "baseline" }

/// A convolution of one image with random values, sizes and strides, one group of channels among others.
private struct Case {
  var random: Randomness
  let geometry: WindowGeometry
  let inputs: Int
  let units: Int
  let xPixelStride: Int
  let yPixelStride: Int
  let activation: Activation
  let x: [Float]
  let weights: [Float]
  let bias: [Float]
  let residual: [Float]?

  var taps: Int { geometry.kernelHeight * geometry.kernelWidth }
  var pixels: Int { geometry.outputHeight * geometry.outputWidth }

  /// - Parameter isDepthwise: one input for each unit, all channels in one group.
  init(seed: Int, isDepthwise: Bool = false) {
    var random = Randomness(seed: UInt64(seed))
    let geometry = randomGeometry(&random)
    let inputs = isDepthwise ? 1 : [1, 2, 3, 5, 8, 16, 31, 64, 130, 1030].randomElement(using: &random) ?? 1
    let units = [1, 2, 3, 6, 8, 10, 15, 16, 17, 24, 32, 40, 64, 70, 128].randomElement(using: &random) ?? 1
    self.init(random, geometry, inputs: inputs, units: units, isDepthwise: isDepthwise)
  }

  /// - Parameter padding: what is between the channels of a pixel and the next; random if it is nil.
  init(
    _ random: Randomness, _ geometry: WindowGeometry, inputs: Int, units: Int, isDepthwise: Bool = false,
    padding: Int? = nil
  ) {
    var random = random
    self.geometry = geometry
    self.inputs = inputs
    self.units = units
    let padding = padding ?? (isDepthwise ? 0 : [0, 0, 1, 8].randomElement(using: &random) ?? 0)
    xPixelStride = (isDepthwise ? units : inputs) + padding
    yPixelStride = units + padding
    activation =
      [
        .identity, .relu, Activation(.clip, alpha: 0, beta: 0.5), Activation(.clip, alpha: 0, beta: 0),
        Activation(.hardSwish), Activation(.sigmoid),
      ].randomElement(using: &random) ?? .identity
    x = random.values(geometry.inputHeight * geometry.inputWidth * xPixelStride)
    weights = random.values(units * inputs * geometry.kernelHeight * geometry.kernelWidth)
    bias = random.values(units).map { $0 < 0.5 ? $0 : -0.0 }
    residual =
      Bool.random(using: &random)
      ? random.values(geometry.outputHeight * geometry.outputWidth * yPixelStride) : nil
    self.random = random
  }

  /// The input of a tap of an output, 0 in the padding.
  func input(_ row: Int, _ column: Int, _ tap: Int, _ channel: Int) -> Float {
    let y = row * geometry.strideY - geometry.padTop + tap / geometry.kernelWidth * geometry.dilationY
    let x = column * geometry.strideX - geometry.padLeft + tap % geometry.kernelWidth * geometry.dilationX
    guard (0..<geometry.inputHeight).contains(y), (0..<geometry.inputWidth).contains(x) else { return 0 }
    return self.x[(y * geometry.inputWidth + x) * xPixelStride + channel]
  }

  /// The sum of one output in the order of the contract, before residual and activation.
  func sum<Number>(
    _ pixel: Int, _ unit: Int, isDepthwise: Bool, from start: Number, _ step: (Number, Float, Float) -> Number
  ) -> Number {
    var sum = start
    for tap in 0..<taps {
      for channel in 0..<inputs {
        let weight = isDepthwise ? weights[tap * units + unit] : weights[(unit * taps + tap) * inputs + channel]
        let value = input(
          pixel / geometry.outputWidth, pixel % geometry.outputWidth, tap, isDepthwise ? unit : channel)
        sum = step(sum, value, weight)
      }
    }
    return sum
  }

  /// All outputs, [pixels, units], as the contract has them for fused multiply-adds.
  func expected(isDepthwise: Bool) -> [Float] {
    var result: [Float] = []
    for pixel in 0..<pixels {
      for unit in 0..<units {
        let sum = sum(pixel, unit, isDepthwise: isDepthwise, from: bias[unit]) { $0.addingProduct($1, $2) }
        result.append(residual.map { sum + $0[pixel * yPixelStride + unit] } ?? sum)
      }
    }
    return apply(activation, result)
  }

  /// By the kernels, the rows of outputs in random pieces. Arrays end where the kernels may not go on; values between the units of a pixel
  /// and the next are checked to be untouched.
  func convolve(_ table: KernelTable, isDepthwise: Bool, inPieces: Bool = false) -> [Float] {
    var random = random
    let k = taps * inputs
    var packed = [Float](repeating: .nan, count: table.packedCount(k, units))
    var packedBias = [Float](repeating: .nan, count: table.packedBiasCount(units))
    table.pack(weights, k, 1, bias, k, units, &packed, &packedBias)
    var y = [Float](repeating: -77, count: pixels * yPixelStride + 64)
    var row = 0
    while row < geometry.outputHeight {
      let count = inPieces ? Int.random(in: 1...(geometry.outputHeight - row), using: &random) : geometry.outputHeight
      let rows = row..<row + count
      withGuardedCopy(of: Array(x[..<(x.count - xPixelStride + (isDepthwise ? units : inputs))])) { x in
        withGuardedCopy(ofAny: residual.map { Array($0[..<((pixels - 1) * yPixelStride + units)]) }) { residual in
          if isDepthwise {
            table.convolveDepthwise(weights, bias, geometry, x, &y, units, rows, activation, residual)
          } else {
            table.convolve(
              packed, packedBias, geometry, inputs, units, x, xPixelStride, &y, yPixelStride, rows, activation,
              residual)
          }
        }
      }
      row += count
      let written = row * geometry.outputWidth * yPixelStride
      #expect(y[written...].allSatisfy { $0 == -77 })
    }
    for pixel in 0..<pixels {
      #expect(y[(pixel * yPixelStride + units)..<(pixel + 1) * yPixelStride].allSatisfy { $0 == -77 })
    }
    return (0..<pixels).flatMap { y[$0 * yPixelStride..<$0 * yPixelStride + units] }
  }
}

private func apply(_ activation: Activation, _ x: [Float]) -> [Float] {
  var y = x
  fused.first?.activate(activation, x, &y, x.count)
  return y
}

@Suite struct ConvolutionTests {
  @Test(
    .enabled(if: !fused.isEmpty, "SKIPPED: this processor has no fused multiply-add"), arguments: 1...200,
    [false, true]
  )
  func everyElementIsOneChainOfFusedMultiplyAdds(seed: Int, isDepthwise: Bool) {
    let convolution = Case(seed: seed, isDepthwise: isDepthwise)
    let expected = convolution.expected(isDepthwise: isDepthwise)
    for table in fused {
      #expect(sameBits(convolution.convolve(table, isDepthwise: isDepthwise), expected), "\(table.name)")
      let pieces = convolution.convolve(table, isDepthwise: isDepthwise, inPieces: true)
      #expect(sameBits(pieces, expected), "\(table.name), in pieces")
    }
  }

  /// Images of which only some rows, or parts of a row, or pixels are computed at a time, and channels whose pixels are cached in one place.
  @Test(.enabled(if: !fused.isEmpty, "SKIPPED: this processor has no fused multiply-add"), arguments: 0..<16, 1...4)
  func largeImagesAreTheSameChains(image: Int, seed: Int) {
    // The last numbers: dilation, and what is between the channels of a pixel and the next.
    let (height, width, kernel, stride, inputs, units, dilation, padding) = [
      (24, 40, 3, 1, 130, 17, 1, nil), (3, 300, 3, 1, 130, 8, 1, nil), (61, 61, 1, 2, 130, 24, 1, nil),
      (12, 12, 1, 1, 1024, 17, 1, nil), (70, 70, 1, 1, 3, 6, 1, nil), (60, 70, 3, 1, 3, 6, 1, nil),
      (12, 30, 3, 1, 512, 20, 1, nil), (5, 900, 3, 2, 64, 9, 1, nil), (5, 900, 3, 10, 64, 9, 1, nil),
      (9, 40, 3, 1, 64, 8, 8, nil), (33, 33, 3, 1, 20, 8, 36, nil), (1, 1, 2, 1, 3, 8, 1 << 20, nil),
      (20, 20, 3, 1, 256, 8, 1, 16), (15, 17, 3, 1, 70, 64, 1, nil), (31, 29, 1, 1, 300, 128, 1, nil),
      (7, 7, 3, 2, 90, 192, 1, 16),
    ][image]
    let reach = (kernel - 1) * dilation
    let geometry = WindowGeometry(
      inputHeight: height, inputWidth: width, kernelHeight: kernel, kernelWidth: kernel, strideY: stride,
      strideX: stride, dilationY: dilation, dilationX: dilation, padTop: reach / 2, padLeft: reach / 2,
      outputHeight: (height - 1) / stride + 1, outputWidth: (width - 1) / stride + 1)
    let convolution = Case(
      Randomness(seed: UInt64(seed)), geometry, inputs: inputs, units: units, padding: padding)
    let expected = convolution.expected(isDepthwise: false)
    for table in fused {
      #expect(sameBits(convolution.convolve(table, isDepthwise: false), expected), "\(table.name)")
      let pieces = convolution.convolve(table, isDepthwise: false, inPieces: true)
      #expect(sameBits(pieces, expected), "\(table.name), in pieces")
    }
  }

  /// |error| <= γ_k (|bias| + Σ|a w|), γ_k = 2k u / (1 - 2k u): Higham, Accuracy and Stability of Numerical Algorithms, 3.1.
  @Test(arguments: 1...60, [false, true])
  func allTablesAreWithinTheRoundingBoundOfFloat64(seed: Int, isDepthwise: Bool) {
    let convolution = Case(seed: seed, isDepthwise: isDepthwise)
    guard Limits.keep(convolution.activation) else { return }
    for table in Kernels.available {
      let result = convolution.convolve(table, isDepthwise: isDepthwise, inPieces: true)
      for pixel in 0..<convolution.pixels {
        for unit in 0..<convolution.units {
          let bias = Double(convolution.bias[unit])
          let exact = convolution.sum(pixel, unit, isDepthwise: isDepthwise, from: bias) {
            $0 + Double($1) * Double($2)
          }
          let magnitude = convolution.sum(pixel, unit, isDepthwise: isDepthwise, from: abs(bias)) {
            $0 + abs(Double($1) * Double($2))
          }
          let added = Double(convolution.residual?[pixel * convolution.yPixelStride + unit] ?? 0)
          let limited = Limits.apply(convolution.activation, exact + added)
          let steps = 2 * Double(convolution.taps * convolution.inputs + 1) * 0x1p-24
          let error = abs(Double(result[pixel * convolution.units + unit]) - limited)
          #expect(error <= steps / (1 - steps) * (magnitude + abs(added)), "\(table.name)")
        }
      }
    }
  }

  /// The padding is zeros whose terms count, for every kernel alike.
  @Test func anInfiniteWeightMakesNaNInThePadding() {
    let geometry = WindowGeometry(
      inputHeight: 1, inputWidth: 3, kernelHeight: 1, kernelWidth: 3, padLeft: 1, outputHeight: 1, outputWidth: 3)
    for table in Kernels.available {
      var packed = [Float](repeating: 0, count: table.packedCount(3, 1))
      var packedBias = [Float](repeating: 0, count: table.packedBiasCount(1))
      let weights: [Float] = [.infinity, 1, 1]
      table.pack(weights, 3, 1, nil, 3, 1, &packed, &packedBias)
      var y = [Float](repeating: 0, count: 3)
      table.convolve(packed, packedBias, geometry, 1, 1, [1, 2, 3], 1, &y, 1, 0..<1, .identity, nil)
      #expect(y[0].isNaN && y[1...] == [.infinity, .infinity])
      table.convolveDepthwise(weights, nil, geometry, [1, 2, 3], &y, 1, 0..<1, .identity, nil)
      #expect(y[0].isNaN && y[1...] == [.infinity, .infinity])
    }
  }
}

/// Activations that can be put over a float64 sum without widening its error.
private enum Limits {
  static func keep(_ activation: Activation) -> Bool { [.identity, .relu, .clip].contains(activation.kind) }

  static func apply(_ activation: Activation, _ x: Double) -> Double {
    switch activation.kind {
    case .relu: max(x, 0)
    case .clip: min(max(x, Double(activation.alpha)), Double(activation.beta))
    default: x
    }
  }
}
