import AblateRuntime

extension Pooling {
  /// Adds to the gradients of an image x, [pixels, channels], what those of y, its pooled values, lead to. Of equal maxima in a window the
  /// first one has the gradient.
  ///
  /// - Parameter gradients: of y; they are used up.
  @inline(never)
  func addGradients(
    _ geometry: WindowGeometry, channels: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>,
    _ gradients: UnsafeMutablePointer<Float>, to target: UnsafeMutablePointer<Float>, kernels: KernelTable
  ) {
    for output in 0..<geometry.outputPositions {
      let own = gradients + output * channels
      let part = self == .maximum ? 1 : 1 / Float(divisor(of: output, geometry))
      geometry.forEachTap(of: output..<output + 1) { _, _, pixel in
        let place = target + pixel * channels
        if self == .maximum {
          take(x + pixel * channels, y + output * channels, own, place, channels)
        } else {
          kernels.addScaled(place, part, own, place, channels)
        }
      }
    }
  }

  /// How many taps an average is over.
  private func divisor(of output: Int, _ geometry: WindowGeometry) -> Int {
    var counted = geometry
    if self == .averageCountingPadding {
      counted.inputHeight += geometry.padTop + geometry.padBottom
      counted.inputWidth += geometry.padLeft + geometry.padRight
      (counted.padTop, counted.padLeft) = (0, 0)
    }
    var count = 0
    counted.forEachTap(of: output..<output + 1) { _, _, _ in count += 1 }
    return count
  }
}

/// Moves the gradients of maxima y to the values x that are as large, or NaN. Without branches, which nobody could foresee; no method, of
/// which a copy without its type would be optimised for size.
@inline(never) @_optimize(speed)
private func take(
  _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ gradients: UnsafeMutablePointer<Float>,
  _ target: UnsafeMutablePointer<Float>, _ count: Int
) {
  for index in 0..<count {
    let below: UInt32 = x[index] < y[index] ? .max : 0
    let bits = gradients[index].bitPattern
    target[index] += Float(bitPattern: bits & ~below)
    gradients[index] = Float(bitPattern: bits & below)
  }
}
