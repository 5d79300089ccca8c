import AblateModel
import AblateRuntime

/// By the rows that are right. Rows are swept again where they have changed.
final class AccuracySearch: GreedySearch {
  private let sweep: Sweep
  private let kind: GreedyKind
  private let units: Int
  private let rows: Int
  private let activations: Buffer<Float>
  private let labels: Buffer<Int32>
  /// [rows], 1 for those that have to be swept.
  private let isChanged: Buffer<Int8>
  /// [feed, units] and [feed]: the rows of a feed.
  private let fedActivations: Buffer<Float>
  private let fedLabels: Buffer<Int32>
  private var correct = 0
  /// [units]: rows that become right without a unit less those that become wrong.
  private let gains: Buffer<Int32>

  private static let rowsPerFeed = 4096

  init(
    _ suffix: Model, replacements: Buffer<Float>, activations: Buffer<Float>, labels: UnsafePointer<Int32>, rows: Int,
    threads: Int
  ) throws(AblateError) {
    units = suffix.inputWidth
    self.rows = rows
    self.activations = activations
    self.labels = try Buffer(count: rows)
    isChanged = try Buffer(count: rows)
    fedActivations = try Buffer(rows: min(rows, Self.rowsPerFeed), columns: suffix.inputWidth)
    fedLabels = try Buffer(count: min(rows, Self.rowsPerFeed))
    gains = try Buffer(count: suffix.inputWidth)
    kind = try GreedyKind(model: suffix, replacements: replacements, rows: rows)
    sweep = try Sweep(model: suffix, kind: kind, metrics: [], changedRowLimit: 1, firstRow: 0, threads: threads)
    try suffix.require(labels: labels, rows: rows)
    self.labels.pointer.copy(from: labels, count: rows)
    isChanged.pointer.update(repeating: 1, count: rows)
  }

  func update() throws(AblateError) {
    for row in 0..<rows where isChanged.pointer[row] != 0 {
      isChanged.pointer[row] = 0
      fedLabels.pointer[kind.count] = labels.pointer[row]
      (fedActivations.pointer + kind.count * units).copy(from: activations.pointer + row * units, count: units)
      kind.append(row, correct: &correct, gains: gains.pointer)
      if kind.count == Self.rowsPerFeed { try feed() }
    }
    try feed()
  }

  private func feed() throws(AblateError) {
    sweep.reset()
    try sweep.feed(fedActivations.pointer, labels: fedLabels.pointer, rows: kind.count)
    kind.count(correct: &correct, gains: gains.pointer)
    kind.removeAll()
  }

  func loss(without unit: Int) -> Double { -Double(gains.pointer[unit]) }

  func value(without unit: Int) -> Double { Double(correct + Int(gains.pointer[unit])) / Double(rows) }

  func rowChanged(_ row: Int) { isChanged.pointer[row] = 1 }
}
