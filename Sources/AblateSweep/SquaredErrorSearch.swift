import AblateModel
import AblateRuntime

/// By the squared error.
final class SquaredErrorSearch: ColumnSearch {
  private var sweep: Sweep
  private let activations: Buffer<Float>
  private let targets: Buffer<Float>
  private let rows: Int
  private let threads: Int
  private var errors: [Double]

  init(
    _ suffix: Model, replacements: Buffer<Float>, activations: Buffer<Float>, targets: Buffer<Float>, rows: Int,
    threads: Int
  ) throws(AblateError) {
    self.activations = activations
    self.rows = rows
    self.threads = threads
    self.targets = targets
    sweep = try Self.sweep(suffix, replacements, threads: threads)
    errors = Array(repeating: 0, count: suffix.inputWidth)
  }

  private static func sweep(
    _ suffix: Model, _ replacements: Buffer<Float>, threads: Int
  ) throws(AblateError) -> Sweep {
    try Sweep(
      model: suffix, kind: InputKind(model: suffix, replacements: replacements), metrics: [], changedRowLimit: 1,
      firstRow: 0, threads: threads)
  }

  func update() throws(AblateError) {
    sweep.reset()
    try sweep.feed(activations.pointer, targets: targets.pointer, rows: rows)
    for column in errors.indices { errors[column] = try sweep.result(column).squaredError ?? .nan }
  }

  func value(without column: Int) -> Double { errors[column] }

  func rowChanged(_ row: Int) {}

  func keep(_ columns: [Int], _ suffix: Model, replacements: Buffer<Float>) throws(AblateError) {
    sweep = try Self.sweep(suffix, replacements, threads: threads)
    errors = columns.map { errors[$0] }
  }
}
