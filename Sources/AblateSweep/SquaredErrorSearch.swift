import AblateModel
import AblateRuntime

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
