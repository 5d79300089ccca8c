import AblateModel
import AblateRuntime

extension Operation {
  /// Writes the gradients of one of the points that it reads, [count], given those of its own values y: of one row.
  ///
  /// - Parameters:
  ///   - before: how many values it reads of the points in front of this one.
  ///   - x: the values of the other point, or of the only one.
  ///   - gradients: of y, before any activation function; they are used up.
  ///   - zeros: as many as there are channels.
  func setGradients(
    _ target: UnsafeMutablePointer<Float>, count: Int, before: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>,
    _ gradients: UnsafeMutablePointer<Float>, zeros: UnsafePointer<Float>, kernels: KernelTable
  ) {
    let channels = shape.channels
    let pool = { (pooling: Pooling, geometry: WindowGeometry) in
      pooling.addGradients(geometry, channels: channels, x: x, y: y, gradients, to: target, kernels: kernels)
    }
    target.update(repeating: 0, count: count)
    switch kind {
    case .pooling(let pooling, let geometry): pool(pooling, geometry)
    case .globalMaximum: pool(.maximum, .all(count / channels))
    case .globalAverage: pool(.average, .all(count / channels))
    case .sum: target.copy(from: gradients, count: count)
    case .product: kernels.multiply(gradients, x, target, count)
    case .channelProduct where before == 0:
      kernels.multiplyChannels(gradients, x, target, shape.positions, channels)
    case .channelProduct:
      for position in 0..<shape.positions {
        let first = position * channels
        kernels.affine(gradients + first, 0, zeros, x + first, target, target, 0, 1, channels)
      }
    case .concatenation:
      let own = count / shape.positions
      for position in 0..<shape.positions {
        (target + position * own).copy(
          from: gradients + position * channels + before / shape.positions, count: own)
      }
    case .arrangement(let arrangement): spread(gradients, 1, arrangement.sources, nil, over: target)
    case .mixture(let mixture): spread(gradients, mixture.terms, mixture.sources, mixture.weights, over: target)
    case .responseNormalization(let normalization):
      for position in 0..<shape.positions {
        let first = position * channels
        normalization.setGradients(target + first, x: x + first, y: y + first, gradients + first, channels: channels)
      }
    }
  }

  /// - Parameter weights: nil for ones.
  private func spread(
    _ gradients: UnsafePointer<Float>, _ terms: Int, _ sources: Buffer<Int32>, _ weights: Buffer<Float>?,
    over target: UnsafeMutablePointer<Float>
  ) {
    for value in 0..<shape.count {
      for term in value * terms..<(value + 1) * terms where sources.pointer[term] >= 0 {
        target[Int(sources.pointer[term])] += (weights?.pointer[term] ?? 1) * gradients[value]
      }
    }
  }
}

extension ResponseNormalization {
  /// Of one position: ∂y_c / ∂x_i = (c = i) / b_i^beta - 2 alpha beta / size * x_i y_c / b_c, with b what is raised to beta, for the
  /// channels c that have i in their sums.
  fileprivate func setGradients(
    _ target: UnsafeMutablePointer<Float>, x: UnsafePointer<Float>, y: UnsafePointer<Float>,
    _ gradients: UnsafeMutablePointer<Float>, channels: Int
  ) {
    for channel in 0..<channels {
      let base = base(x, channel, of: channels)
      let gradient = Double(gradients[channel])
      target[channel] = Float(gradient / power(base))
      gradients[channel] = Float(gradient * Double(y[channel]) / base)
    }
    let factor = 2 * Double(alpha) * Double(beta) / Double(size)
    for channel in 0..<channels {
      var sum = 0.0
      for other in max(0, channel - size / 2)..<min(channels, channel + (size - 1) / 2 + 1) {
        sum += Double(gradients[other])
      }
      target[channel] -= Float(factor * Double(x[channel]) * sum)
    }
  }
}
