import AblateRuntime

/// What is asked for when items of a sweep are judged.
public struct JudgementRules: Sendable {
  public let adjustment: PValueAdjustment
  /// Adjusted p-values up to this are significant; the intervals hold the effect with 1 - level.
  public let level: Double
  /// The loss of accuracy from which on a useful item is essential.
  public let essentialLoss: Double
  /// An effect within this of 0 does not matter.
  public let margin: Double
  /// Items that have too few flips to be significant, whatever their direction, do not count as tests: Tarone 1990, A modified Bonferroni
  /// method for discrete data; for false discovery rates Gilbert 2005.
  public let leavesOutUntestable: Bool

  /// - Throws: `invalidArgument` for a level outside 0 ... 1 or at its ends, and for a loss or margin outside 0 ... 1.
  public init(
    adjustment: PValueAdjustment = .holm, level: Double = 0.05, essentialLoss: Double = 0.01, margin: Double = 0.001,
    leavesOutUntestable: Bool = false
  ) throws(AblateError) {
    guard level > 0, level < 1 else {
      throw AblateError(.invalidArgument, "options.level must be above 0 and below 1")
    }
    guard essentialLoss >= 0, essentialLoss <= 1 else {
      throw AblateError(.invalidArgument, "options.essential_loss must be a fraction of the rows, 0 to 1")
    }
    guard margin >= 0, margin <= 1 else {
      throw AblateError(.invalidArgument, "options.margin must be a fraction of the rows, 0 to 1")
    }
    self.adjustment = adjustment
    self.level = level
    self.essentialLoss = essentialLoss
    self.margin = margin
    self.leavesOutUntestable = leavesOutUntestable
  }
}

/// Whether the effect of an item is more than luck, and whom it concerns.
public struct Judgement: Sendable {
  /// Of the sweep.
  public let item: Int
  public let verdict: Verdict
  public let flips: Flips
  public let pValue: Double
  public let adjustedPValue: Double
  /// Of the effect of this one item.
  public let interval: (lower: Double, upper: Double)
  public let shift: ClassShift
}

/// What an ablation does to the classes. What there is not is nil.
public struct ClassShift: Sendable {
  /// The label with the largest loss of recall, the lowest index on ties; how many of its rows, lost less gained, and how much recall.
  public internal(set) var affected: (label: Int, rows: Int64, recall: Double)?
  /// The class whose predictions become more numerous than those of any other, the lowest index on ties; by how many rows.
  public internal(set) var favoured: (class: Int, rows: Int64)?

  /// From confusion matrices, [classes, classes], row = label, column = prediction.
  init(from before: UnsafePointer<Int64>, to after: UnsafePointer<Int64>, classes: Int) {
    for label in 0..<classes {
      var rows: Int64 = 0
      var growth: Int64 = 0
      for other in 0..<classes {
        rows &+= before[label * classes + other]
        growth &+= after[other * classes + label] &- before[other * classes + label]
      }
      let lost = before[label * classes + label] &- after[label * classes + label]
      let recall = Double(lost) / Double(rows)
      if lost > 0, recall > affected?.recall ?? 0 { affected = (label, lost, recall) }
      if growth > favoured?.rows ?? 0 { favoured = (label, growth) }
    }
  }

  init() {}
}
