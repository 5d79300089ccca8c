/// The length of an axis as far as it is known.
enum Dimension: Equatable {
  case known(Int)
  /// The number of rows, whatever it is.
  case batch
  case unknown

  var value: Int? { if case .known(let value) = self { value } else { nil } }
}

/// How a value's axes are made of rows.
///
/// The axes of a value are some leading ones (the batch, and positions) and the axes of a row. Values are in row-major order, so as long
/// as nothing was computed across a row (`isFixed`), any part of it that is contiguous may turn out to be the row that matters: a dense
/// layer over the last of three axes makes each position a row.
struct RowShape {
  /// How many leading axes there are.
  var leading: Int
  /// The product of the leading lengths, if known.
  var batch: Int?
  /// The lengths of a row's axes; nil for those not known.
  var row: [Int?]
  /// The shape of a row of the model's input that becomes such a row.
  var input: [Int?]
  var isFixed: Bool

  /// Values in a row; nil if not known.
  var width: Int? {
    var product = 1
    for length in row {
      guard let length else { return nil }
      let (next, overflow) = product.multipliedReportingOverflow(by: length)
      if overflow { return nil }
      product = next
    }
    return product
  }

  var rank: Int { leading + row.count }

  /// All axes.
  var dimensions: [Dimension] {
    var all: [Dimension] = []
    for _ in 0..<leading { all.append(leading == 1 ? batch.map { .known($0) } ?? .batch : .unknown) }
    for length in row { all.append(length.map { .known($0) } ?? .unknown) }
    return all
  }

  /// A row of `units` in place of the last axis.
  func replacingLast(with units: Int) -> RowShape {
    var result = self
    result.row = [units]
    result.isFixed = true
    return result
  }

  /// The last axis as the row, the others as positions; nil if values of different positions were already combined.
  func narrowed() -> RowShape? {
    guard row.count > 1 else { return row.isEmpty ? nil : self }
    guard !isFixed, let last = row.last else { return nil }
    var result = self
    if let batch, let width, let last, last > 0 {
      let (product, overflow) = batch.multipliedReportingOverflow(by: width / last)
      result.batch = overflow ? nil : product
    } else {
      result.batch = nil
    }
    result.leading = rank - 1
    result.row = [last]
    result.input = [last]
    return result
  }

  /// The row with its axes merged into one.
  func flattened() -> RowShape {
    var result = self
    result.row = [width]
    return result
  }
}
