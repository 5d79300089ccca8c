/// What a new shape makes of rows.
enum Reshaped {
  case rows(RowShape)
  /// The numbers of elements differ.
  case contradiction
  /// Rows would be torn apart or joined.
  case notRows
}

extension RowShape {
  /// The shape with the axes `target`; nil stands for the one length that follows from the others (-1 in the file).
  func reshaped(to target: [Dimension?]) -> Reshaped {
    guard target.count <= Tensor.rankLimit else { return .notRows }
    guard let width, width > 0 else { return reshapedFromUnknown(target) }
    let axes = resolved(target, width)
    var total = 1
    for axis in axes {
      guard let value = axis.value else {
        total = -1
        break
      }
      let (product, overflow) = total.multipliedReportingOverflow(by: value)
      if overflow || value < 0 { return .contradiction }
      total = product
    }
    if total >= 0, let batch, total % width != 0 || total / width != batch { return .contradiction }
    if let kept = keeping(axes, width) { return .rows(kept) }
    // Without anything computed across a row, its parts may become the rows.
    guard !isFixed, let last = axes.last?.value, last > 0, width % last == 0 else { return .notRows }
    var result = self
    result.leading = axes.count - 1
    result.batch = total >= 0 ? total / last : nil
    result.row = [last]
    result.input = [last]
    return .rows(result)
  }

  /// The axes with -1 replaced by what it must be.
  private func resolved(_ target: [Dimension?], _ width: Int) -> [Dimension] {
    var known = 1
    var batches = 0
    var isKnown = true
    for case let axis? in target {
      switch axis {
      case .known(let value):
        let (product, overflow) = known.multipliedReportingOverflow(by: value)
        isKnown = isKnown && !overflow && value > 0
        known = overflow ? 0 : product
      case .batch: batches += 1
      case .unknown: isKnown = false
      }
    }
    var missing = Dimension.unknown
    if isKnown && batches == 1 && width % known == 0 { missing = .known(width / known) }
    if isKnown && batches == 0 {
      if let batch {
        let (total, overflow) = batch.multipliedReportingOverflow(by: width)
        if !overflow && total % known == 0 { missing = .known(total / known) }
      } else if known == width {
        missing = .batch
      }
    }
    return target.map { $0 ?? missing }
  }

  /// The shape if the last axes hold a whole row.
  private func keeping(_ axes: [Dimension], _ width: Int) -> RowShape? {
    var product = 1
    var start = axes.count
    // As many axes as possible: axes of length 1 in front of a row are its own, but the first axis is the batch.
    var best: Int? = product == width ? start : nil
    while start > 1, let length = axes[start - 1].value, length > 0 {
      start -= 1
      let (next, overflow) = product.multipliedReportingOverflow(by: length)
      if overflow || next > width { break }
      product = next
      if product == width { best = start }
    }
    guard let best else { return nil }
    var result = self
    result.leading = best
    result.row = axes[best...].map { $0.value }
    return result
  }

  private func reshapedFromUnknown(_ target: [Dimension?]) -> Reshaped {
    guard !isFixed, target.count == 2, let last = target[1] else {
      guard target.count == 2, target[0] == .batch, !isFixed else { return .notRows }
      var result = self
      result.leading = 1
      result.row = [nil]
      return .rows(result)
    }
    guard let length = last.value, length > 0 else { return .notRows }
    var result = self
    result.leading = 1
    result.batch = nil
    result.row = [length]
    result.input = [length]
    return .rows(result)
  }
}
