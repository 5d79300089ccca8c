import AblateModel
import AblateRuntime

// What rounding can do to the leads of the rows of a block.
extension IntactBlock {
  /// Most leads are so far above what rounding can do to them that a coarse bound is enough.
  func findSlacks(_ certificate: Certificate) {
    findCoarseSlacks(certificate)
    // The first point's are the largest.
    let slacks = slacks.pointer + certificate.first * capacity
    let largest = largest.pointer + certificate.origin * capacity
    let width = Float(model.width(ofPoint: certificate.origin))
    for row in 0..<rows {
      if Self.isNegligible(slacks[row], beside: leads.pointer[row]),
        certificate.magnitudes.isSafe(sum: width * largest[row])
      {
        continue
      }
      findCloseSlacks(row, certificate)
    }
  }

  /// Whether what rounding can do is so little beside a lead that a closer bound would decide nothing.
  static func isNegligible(_ slack: Float, beside lead: Float) -> Bool { 64 * slack < lead }

  /// Of all rows, without a look at which values are 0, and whether values are too large to say.
  @_optimize(speed)
  private func findCoarseSlacks(_ certificate: Certificate) {
    let errors = errors.pointer
    errors.update(repeating: 0, count: rows)
    for point in stride(from: model.steps.count, through: certificate.first, by: -1) {
      guard let bounds = bounds(at: point) else { break }
      let (factor, constant, growth) = bounds.coarse
      if factor > 0 {
        if point != certificate.origin { sumMagnitudes(at: point, into: sums) }
        let sums = point == certificate.origin ? originSums.pointer : sums.pointer
        for row in 0..<rows { errors[row] += factor * sums[row] }
      }
      let slacks = slacks.pointer + point * capacity
      for row in 0..<rows { slacks[row] = growth * (errors[row] + constant) }
    }
  }

  /// Of one row, from all its values; NaN where they are too large to say.
  @_optimize(speed)
  private func findCloseSlacks(_ row: Int, _ certificate: Certificate) {
    let originSizes = magnitudes(row, at: certificate.origin)
    let isSafe = certificate.magnitudes.isSafe(sum: originSizes.sum)
    var errors = 0.0
    for point in stride(from: model.steps.count, through: certificate.first, by: -1) {
      guard let bounds = bounds(at: point) else { break }
      var own = 0.0
      var all = 0.0
      if bounds.factor > 0 {
        let sizes = point == certificate.origin ? originSizes : magnitudes(row, at: point)
        own = bounds.factor(nonZeros: sizes.nonZeros) * Double(sizes.weighted) * (1 + 0x1p-10)
        all = bounds.factor * Double(sizes.weighted) * (1 + 0x1p-10)
      }
      let slack = Float(4 * bounds.growth * (errors + own + bounds.constant)) * (1 + 0x1p-20) + Underflow.ofLead
      errors += all
      slacks.pointer[point * capacity + row] = isSafe ? min(slack, tightSlack(row, at: point, coarse: slack)) : .nan
    }
  }

  /// What rounding can do to the lead of an updated row; NaN where it would be too much for most of the channels.
  func findSlack(_ row: Int, _ bounds: UpdateBounds) {
    let slack = bounds.slack(places(ofRow: row), room: room.pointer)
    let all = slack + bounds.slackBehind(places(ofRow: row))
    slacks.pointer[bounds.update.replaced.point * capacity + row] = all < 0.5 * leads.pointer[row] ? slack : .nan
  }

  /// What rounding can do to a lead, from the partial sums of the chains of the scores themselves, where that is worth its time.
  ///
  /// Each multiply-add errs by at most u |partial sum| (Higham 2002, section 3.1), unless it adds 0. A masked run has partial sums as near
  /// as the change, and up to two more that repeat one. So four times for two scores and two runs, and what the update itself rounds.
  private func tightSlack(_ row: Int, at point: Int, coarse: Float) -> Float {
    guard let weights = scoreWeights, point == model.steps.count - 1, coarse > 0, leads.pointer[row] < 8 * coarse,
      model.width(ofPoint: point) < Self.longestTightChain
    else {
      return coarse
    }
    let layer = model.layers[model.outputLayer]
    let own = values(row, at: point)
    let sums = model.kernels.partialSums(
      own, weights.pointer, RowStride.padded(layer.units), layer.bias.pointer, layer.inputs, layer.units)
    let magnitude = Magnitude.largest(values(row, at: point + 1), count: layer.units)
    return (4 * (sums + productSums(row, at: point)) + 16 * magnitude) * 0x1p-24 * (1 + 0x1p-6)
      + Float(layer.inputs) * 0x1p-116 + Underflow.ofLead
  }

  /// Up to here errors of errors are less than 1 %.
  private static var longestTightChain: Int { 1 << 16 }

  /// Where products are rounded, too, what they come to.
  private func productSums(_ row: Int, at point: Int) -> Float {
    guard model.kernels.roundingsPerTerm > 1 else { return 0 }
    return magnitudes(row, at: point).weighted
  }
}
