import AblateModel

/// What rows should be predicted as: the class of each, or, for regressions, [rows, outputs] values.
struct Targets {
  private let labels: UnsafePointer<Int32>?
  private let values: UnsafePointer<Float>?
  private let width: Int

  init(labels: UnsafePointer<Int32>? = nil, values: UnsafePointer<Float>? = nil, width: Int = 0) {
    self.labels = labels
    self.values = values
    self.width = width
  }

  /// Those of the rows from `row` on.
  func from(row: Int) -> Targets {
    Targets(labels: labels.map { $0 + row }, values: values.map { $0 + row * width }, width: width)
  }

  /// 0 for regressions.
  @inline(__always)
  func label(_ row: Int) -> Int { labels.map { Int($0[row]) } ?? 0 }

  /// [outputs] of a row; nil for classes.
  func values(_ row: Int) -> UnsafePointer<Float>? { values.map { $0 + row * width } }
}
