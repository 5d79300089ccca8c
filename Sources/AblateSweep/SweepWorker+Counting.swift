import AblateModel
import AblateRuntime

extension SweepWorker {
  /// Counts what a row of the block is predicted as with an item ablated.
  @_optimize(speed)
  func countPrediction(of item: Int, row: Int, _ prediction: Int) {
    tally.countPrediction(
      of: item, row: block.firstRow + row, from: block.prediction(row), to: prediction,
      label: block.targets.label(row))
  }

  /// Counts an outcome that no scores had to be computed for.
  @_optimize(speed)
  func count(item: Int, row: Int, _ prediction: Int) {
    tally.countExamined(1)
    countPrediction(of: item, row: row, prediction)
  }

  /// Counts what a unit does to a row for all its partners that hold their replacements, and returns true, if they are counted apart.
  func countPartners(
    of unit: Int, row: Int, _ prediction: Int, where holdsReplacement: (_ partner: Int) -> Bool
  ) -> Bool {
    guard let partners else { return false }
    partners.count(
      ItemTally(from: block.prediction(row), to: prediction, label: block.targets.label(row)), unit: unit,
      row: row, of: block, where: holdsReplacement)
    return true
  }

  /// Adds all that was counted to `total`, unless that is nil, and starts anew.
  func moveCounts(to total: Tally?) {
    if let total {
      partners?.move(to: total)
      tally.move(to: total)
    } else {
      partners?.removeAll()
      tally.reset()
    }
  }

  @_optimize(speed)
  func count(_ origin: Origin, _ prediction: Int) {
    if prediction == block.prediction(origin.row) { return }
    countPrediction(of: origin.item, row: origin.row, prediction)
    kind.predictionChanged(self, item: origin.item, row: origin.row, to: prediction)
  }
}
