import AblateModel
import AblateRuntime

/// Each unit left, one at a time, over some rows of a greedy elimination: what its removal does to each of these rows.
final class GreedyKind: InputKind, @unchecked Sendable {
  private let units: Int
  /// [rows, units]: 1 where removing the unit makes the row right, -1 where it makes it wrong.
  private let balances: Buffer<Int8>
  /// [rows]: 1 where the prediction is the label.
  private let isRight: Buffer<Int8>
  /// [rows]: 1 where a row has a balance that is not 0.
  private let matters: Buffer<Int8>
  /// [rows of the feed]: the number of each among all rows.
  private let origins: Buffer<Int>
  private(set) var count = 0

  init(model: Model, replacements: Buffer<Float>, rows: Int) throws(AblateError) {
    units = model.inputWidth
    balances = try Buffer(rows: rows, columns: model.inputWidth)
    isRight = try Buffer(count: rows)
    matters = try Buffer(count: rows)
    origins = try Buffer(count: rows)
    super.init(model: model, replacements: replacements)
  }

  /// Goes on with some units of another, between two feeds.
  convenience init(
    model: Model, replacements: Buffer<Float>, rows: Int, _ kept: [Int], of other: GreedyKind
  ) throws(AblateError) {
    try self.init(model: model, replacements: replacements, rows: rows)
    isRight.pointer.copy(from: other.isRight.pointer, count: rows)
    matters.pointer.copy(from: other.matters.pointer, count: rows)
    for row in 0..<rows where matters.pointer[row] != 0 {
      let own = balances.pointer + row * units
      let others = other.balances.pointer + row * other.units
      for (place, unit) in kept.enumerated() { own[place] = others[unit] }
    }
  }

  /// Starts a new feed.
  func removeAll() { count = 0 }

  /// Adds a row to the feed, and takes what was known of it away from `correct` and `gains`.
  @_optimize(speed)
  func append(_ row: Int, correct: inout Int, gains: UnsafeMutablePointer<Int32>) {
    origins.pointer[count] = row
    count += 1
    correct -= Int(isRight.pointer[row])
    if matters.pointer[row] == 0 { return }
    matters.pointer[row] = 0
    let own = balances.pointer + row * units
    for unit in 0..<units { gains[unit] &-= Int32(own[unit]) }
    own.update(repeating: 0, count: units)
  }

  /// Adds what the feed found.
  @_optimize(speed)
  func count(correct: inout Int, gains: UnsafeMutablePointer<Int32>) {
    for position in 0..<count {
      let row = origins.pointer[position]
      correct += Int(isRight.pointer[row])
      if matters.pointer[row] == 0 { continue }
      let own = balances.pointer + row * units
      for unit in 0..<units { gains[unit] &+= Int32(own[unit]) }
    }
  }

  override func visit(_ worker: SweepWorker) {
    let block = worker.block
    for row in 0..<block.rows {
      isRight.pointer[origins.pointer[block.firstRow + row]] =
        block.prediction(row) == block.targets.label(row) ? 1 : 0
    }
    super.visit(worker)
  }

  override func predictionChanged(_ worker: SweepWorker, item: Int, row: Int, to prediction: Int) {
    let block = worker.block
    let label = block.targets.label(row)
    let change = (prediction == label ? 1 : 0) - (block.prediction(row) == label ? 1 : 0)
    if change == 0 { return }
    let origin = origins.pointer[block.firstRow + row]
    matters.pointer[origin] = 1
    balances.pointer[origin * units + item] = Int8(change)
  }
}
