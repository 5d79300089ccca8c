import AblateRuntime

extension Operation {
  /// The values of one point that it reads: [rows, stride].
  struct Input {
    let pointer: UnsafePointer<Float>
    let stride: Int
    /// Values of a row.
    let count: Int
  }

  /// Computes y, [rows, stride].
  func run(
    _ inputs: [Input], into y: UnsafeMutablePointer<Float>, stride: Int, rows: Int, kernels: KernelTable,
    team: ThreadPool?
  ) {
    for row in 0..<rows {
      let x = inputs[0].pointer + row * inputs[0].stride
      let target = y + row * stride
      let positions = inputs[0].count / shape.channels
      switch kind {
      case .pooling(let pooling, let geometry):
        share(geometry.outputHeight, team) { [shape] in kernels.pool(pooling, geometry, shape.channels, x, target, $0) }
      case .globalMaximum: kernels.globalMaximum(x, positions, shape.channels, target)
      case .globalAverage: kernels.globalAverage(x, positions, shape.channels, target)
      case .sum(let activation):
        let other = inputs[1].pointer + row * inputs[1].stride
        share(shape.count, team) { part in
          let first = part.lowerBound
          kernels.add(x + first, other + first, target + first, part.count, activation)
        }
      case .product: kernels.multiply(x, inputs[1].pointer + row * inputs[1].stride, target, shape.count)
      case .channelProduct:
        kernels.multiplyChannels(
          x, inputs[1].pointer + row * inputs[1].stride, target, positions, shape.channels)
      case .concatenation: concatenate(inputs, row: row, into: target)
      case .arrangement(let arrangement) where arrangement.isChannelsLast:
        share(shape.positions, team) { [shape] in shape.copyChannelsLast(x, into: target, positions: $0) }
      case .arrangement(let arrangement):
        kernels.arrange(x, arrangement.sources.pointer, arrangement.fill, target, shape.count)
      case .mixture(let mixture): mixture.run(x, into: target, count: shape.count)
      case .responseNormalization(let normalization):
        normalization.run(x, into: target, positions: positions, channels: shape.channels)
      }
    }
  }

  /// Splits a loop over threads if it is long enough to wake them.
  @inline(__always)  // A body that no threads share needs no memory.
  private func share(_ count: Int, _ team: ThreadPool?, _ body: @escaping (Range<Int>) -> Void) {
    guard let team, shape.count > Self.valuesWorthThreads, count > 1 else { return body(0..<count) }
    let parts = min(count, team.threads)
    team.run(parts) { index, _ in body(count * index / parts..<count * (index + 1) / parts) }
  }

  /// Values that take longer than it does to wake a thread.
  private static var valuesWorthThreads: Int { 100_000 }

  private func concatenate(_ inputs: [Input], row: Int, into y: UnsafeMutablePointer<Float>) {
    var first = 0
    for input in inputs {
      let channels = input.count / shape.positions
      let x = input.pointer + row * input.stride
      for position in 0..<shape.positions {
        (y + position * shape.channels + first).copy(from: x + position * channels, count: channels)
      }
      first += channels
    }
  }
}

extension Mixture {
  fileprivate func run(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
    for index in 0..<count {
      var sum: Float = 0
      for term in index * terms..<(index + 1) * terms {
        sum += weights.pointer[term] * x[Int(sources.pointer[term])]
      }
      y[index] = sum
    }
  }
}

extension ResponseNormalization {
  fileprivate func run(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, positions: Int, channels: Int
  ) {
    for position in 0..<positions {
      let values = x + position * channels
      for channel in 0..<channels {
        let divisor = power(base(values, channel, of: channels))
        y[position * channels + channel] = Float(Double(values[channel]) / divisor)
      }
    }
  }

  /// bias + alpha / size * Σ x² for one channel of a position.
  @inline(never)
  package func base(_ x: UnsafePointer<Float>, _ channel: Int, of channels: Int) -> Double {
    var sum = 0.0
    for other in max(0, channel - (size - 1) / 2)..<min(channels, channel + size / 2 + 1) {
      sum += Double(x[other]) * Double(x[other])
    }
    return Double(bias) + Double(alpha) / Double(size) * sum
  }

  /// base^beta, as C's pow has it: of a base below 0, NaN unless beta is a whole number.
  @inline(never)
  package func power(_ base: Double) -> Double {
    if base == 0 && beta > 0 { return 0 }
    let magnitude = exponential(Double(beta) * logarithm(abs(base)))
    if base >= 0 || beta == 0 { return magnitude }
    if beta.rounded() != beta { return .nan }
    return beta.remainder(dividingBy: 2) == 0 ? magnitude : -magnitude
  }
}
