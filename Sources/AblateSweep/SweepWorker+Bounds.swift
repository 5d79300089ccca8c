import AblateModel
import AblateRuntime

extension SweepWorker {
  /// Lists in `indices` the values of a row at a point whose replacement might change its prediction (all that differ from theirs, if
  /// nothing can be proven), and returns how many.
  func listOpen(row: Int, at point: Int, replacements: UnsafePointer<Float>, count: Int) -> Int {
    let values = block.values(row, at: point)
    guard let worst = certificate?.points[point]?.worst else {
      var open = 0
      for unit in 0..<count where values[unit] != replacements[unit] {
        indices.pointer[open] = Int32(truncatingIfNeeded: unit)
        open += 1
      }
      return open
    }
    let offset = block.prediction(row) * worst.stride
    return kernels.undecided(
      values, replacements, worst.raise.pointer + offset, worst.lower.pointer + offset, block.limit(row, at: point),
      count, indices.pointer)
  }

  /// The values of another row that take the place of a layer's: [units], valid until the next call.
  func resampled(_ replacement: Replacement, layer: Int, row: Int) -> UnsafePointer<Float> {
    guard case .resample(let source) = replacement else { return UnsafePointer(otherRow.pointer) }
    for unit in 0..<model.layers[layer].units {
      otherRow.pointer[unit] = source.activation(layer: layer, unit: unit, row: block.firstRow + row)
    }
    return UnsafePointer(otherRow.pointer)
  }

  /// How far the replacement of each value of a row at a point can move the lead of its prediction: [count], NaN if that is not known.
  func effects(
    row: Int, at point: Int, replacements: UnsafePointer<Float>, count: Int, into sums: Buffer<Float>
  ) -> UnsafeMutablePointer<Float> {
    if let worst = certificate?.points[point]?.worst {
      let offset = block.prediction(row) * worst.stride
      kernels.effects(
        block.values(row, at: point), replacements, worst.raise.pointer + offset, worst.lower.pointer + offset, count,
        sums.pointer)
    } else {
      for unit in 0..<count { sums.pointer[unit] = .nan }
    }
    return sums.pointer
  }

  /// Lists in `indices` the values whose change by up to `sizes`, in either direction, is not below `limit` in effect.
  func listOpenEitherWay(
    row: Int, at point: Int, sizes: UnsafePointer<Float>, zeros: UnsafePointer<Float>, limit: Float, count: Int
  ) -> Int {
    guard let either = certificate?.points[point]?.either else {
      for unit in 0..<count { indices.pointer[unit] = Int32(truncatingIfNeeded: unit) }
      return count
    }
    let offset = block.prediction(row) * either.stride
    return kernels.undecided(
      zeros, sizes, either.raise.pointer + offset, either.raise.pointer + offset, limit, count, indices.pointer)
  }

  /// What a change of a unit's pre-activation by 1 can do to the lead of the row's prediction: upwards, and downwards.
  func effects(row: Int, at point: Int, unit: Int, of activation: Activation) -> (raise: Float, lower: Float) {
    guard let worst = certificate?.points[point]?.worst else { return (.nan, .nan) }
    let index = block.prediction(row) * worst.stride + unit
    let slope = activation.lipschitzConstant * (1 + 0x1p-20)
    let raise = slope * worst.raise.pointer[index]
    let lower = slope * worst.lower.pointer[index]
    return activation.isMonotone ? (raise, lower) : (max(raise, lower), max(raise, lower))
  }
}
