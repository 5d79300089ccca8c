import AblateModel
import AblateRuntime

/// How well the units that are left do without each of them.
protocol GreedySearch: AnyObject {
  /// Brings all figures up to date.
  func update() throws(AblateError)
  /// The less, the better to remove the unit; infinite rather than NaN.
  func loss(without unit: Int) -> Double
  /// What the curve shows after its removal.
  func value(without unit: Int) -> Double
  /// Notes that the activations of a row have changed.
  func rowChanged(_ row: Int)
}

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
    try sweep.requireLabels(labels, rows: rows)
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

/// By the squared error.
final class SquaredErrorSearch: GreedySearch {
  private let sweep: Sweep
  private let activations: Buffer<Float>
  private let targets: Buffer<Float>
  private let rows: Int
  private var errors: [Double]

  init(
    _ suffix: Model, replacements: Buffer<Float>, activations: Buffer<Float>, targets: UnsafePointer<Float>, rows: Int,
    threads: Int
  ) throws(AblateError) {
    self.activations = activations
    self.rows = rows
    self.targets = try Buffer(rows: rows, columns: suffix.outputWidth)
    self.targets.pointer.copy(from: targets, count: self.targets.count)
    sweep = try Sweep(
      model: suffix, kind: InputKind(model: suffix, replacements: replacements), metrics: [], changedRowLimit: 1,
      firstRow: 0, threads: threads)
    errors = Array(repeating: 0, count: suffix.inputWidth)
  }

  func update() throws(AblateError) {
    sweep.reset()
    try sweep.feed(activations.pointer, targets: targets.pointer, rows: rows)
    for unit in errors.indices { errors[unit] = try sweep.result(unit).squaredError ?? .nan }
  }

  func loss(without unit: Int) -> Double { errors[unit].isNaN ? .infinity : errors[unit] }

  func value(without unit: Int) -> Double { errors[unit] }

  func rowChanged(_ row: Int) {}
}
