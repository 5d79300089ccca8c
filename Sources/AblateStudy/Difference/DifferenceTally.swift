import AblateModel
import AblateRuntime
import AblateSweep

/// Counts of rows. Sums are exact and ties settled by row and class, so the order of additions changes no bit.
final class DifferenceTally {
  /// [classes, classes]; empty without classes.
  let confusion: Buffer<Int64>
  private let classes: Int
  private let hasPredictions: Bool
  private let changesPerRow: Int
  private var rows: Int64 = 0
  private var agreeing: Int64 = 0
  private var changes = ExactSum()
  private var largest: (change: Float, row: Int, column: Int)?
  /// Both right, only the first, only the second, both wrong.
  private var outcomes = (both: Int64(0), first: Int64(0), second: Int64(0), none: Int64(0))

  init(_ model: Model) throws(AblateError) {
    classes = model.classCount
    hasPredictions = model.predictionWidth > 0
    changesPerRow = max(model.probabilityWidth, model.head == .regression ? model.outputWidth : 0)
    confusion = try Buffer(rows: classes, columns: classes)
  }

  func addRow(agrees: Bool) {
    rows &+= 1
    if agrees { agreeing &+= 1 }
  }

  func addPredictions(_ first: Int, _ second: Int, label: Int32?) {
    confusion.pointer[first * classes + second] &+= 1
    guard let label else { return }
    switch (first == Int(label), second == Int(label)) {
    case (true, true): outcomes.both &+= 1
    case (true, false): outcomes.first &+= 1
    case (false, true): outcomes.second &+= 1
    case (false, false): outcomes.none &+= 1
    }
  }

  func add(change: Float, row: Int, column: Int) {
    changes.add(change)
    consider((change, row, column))
  }

  /// NaN is the largest, as in NumPy; the lowest row and column win ties.
  private func consider(_ candidate: (change: Float, row: Int, column: Int)) {
    guard let best = largest else {
      largest = candidate
      return
    }
    let isTie = candidate.change == best.change || (candidate.change.isNaN && best.change.isNaN)
    let isLarger =
      isTie
      ? (candidate.row, candidate.column) < (best.row, best.column)
      : candidate.change.isNaN || candidate.change > best.change
    if isLarger { largest = candidate }
  }

  func add(_ other: DifferenceTally) {
    for index in 0..<confusion.count { confusion.pointer[index] &+= other.confusion.pointer[index] }
    rows &+= other.rows
    agreeing &+= other.agreeing
    changes.add(other.changes)
    if let theirs = other.largest { consider(theirs) }
    outcomes.both &+= other.outcomes.both
    outcomes.first &+= other.outcomes.first
    outcomes.second &+= other.outcomes.second
    outcomes.none &+= other.outcomes.none
  }

  func reset() {
    for index in 0..<confusion.count { confusion.pointer[index] = 0 }
    rows = 0
    agreeing = 0
    changes = ExactSum()
    largest = nil
    outcomes = (0, 0, 0, 0)
  }

  var result: DifferenceResult {
    DifferenceResult(
      rows: rows, agreeing: agreeing, agreement: hasPredictions && rows > 0 ? Double(agreeing) / Double(rows) : nil,
      meanChange: rows > 0 ? changes.value / (Double(rows) * Double(changesPerRow)) : nil, largest: largest,
      bothRight: outcomes.both, onlyFirstRight: outcomes.first, onlySecondRight: outcomes.second,
      bothWrong: outcomes.none)
  }
}

/// How two models differ. Changes are |P(second) - P(first)| of a class or label; of regressions, of an output.
public struct DifferenceResult {
  public let rows: Int64
  /// Rows predicted alike, in all labels; 0 for regressions.
  public let agreeing: Int64
  /// nil for no rows and for regressions.
  public let agreement: Double?
  /// Over rows and classes; nil for no rows.
  public let meanChange: Double?
  /// The lowest row and class on ties; nil for no rows.
  public let largest: (change: Float, row: Int, column: Int)?
  public let bothRight: Int64
  public let onlyFirstRight: Int64
  public let onlySecondRight: Int64
  public let bothWrong: Int64
}
