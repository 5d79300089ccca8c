import AblateModel

/// Which figures of a row are summed up, and where they are among its measures and among the sums of an item.
///
/// The measures of a row are single figures, then the probabilities of the classes. The sums are those of the single figures, then, if
/// probabilities are asked for, [classes, classes] with row = label.
struct Measures: Sendable {
  private(set) var logLoss: Int?
  private(set) var labelProbability: Int?
  private(set) var divergence: Int?
  private(set) var margin: Int?
  private(set) var squaredError: Int?
  private(set) var absoluteChange: Int?
  private(set) var singles = 0
  /// How many probabilities are kept per row: one per class, or none.
  let probabilities: Int

  init(model: Model, metrics: Metrics) {
    probabilities = metrics.contains(.classProbabilities) ? model.classCount : 0
    func place(_ isWanted: Bool) -> Int? {
      if !isWanted { return nil }
      singles += 1
      return singles - 1
    }
    logLoss = place(metrics.contains(.logLoss))
    labelProbability = place(metrics.contains(.labelProbability))
    divergence = place(metrics.contains(.divergence))
    margin = place(metrics.contains(.margin))
    squaredError = place(model.head == .regression)
    absoluteChange = place(model.head == .regression)
  }

  var perRow: Int { singles + probabilities }

  var sums: Int { singles + probabilities * probabilities }

  /// The sum of P(class) over the rows of a label.
  func probability(label: Int, class index: Int) -> Int { singles + label * probabilities + index }

  /// Adds the measures of a row to sums.
  @_optimize(speed)
  func add(_ row: UnsafePointer<Float>, label: Int, to sums: UnsafeMutablePointer<ExactSum>) {
    for index in 0..<singles { sums[index].add(row[index]) }
    for index in 0..<probabilities { sums[probability(label: label, class: index)].add(row[singles + index]) }
  }

  /// Takes away what was added.
  @_optimize(speed)
  func subtract(_ row: UnsafePointer<Float>, label: Int, from sums: UnsafeMutablePointer<ExactSum>) {
    for index in 0..<singles { sums[index].subtract(row[index]) }
    for index in 0..<probabilities {
      sums[probability(label: label, class: index)].subtract(row[singles + index])
    }
  }
}
