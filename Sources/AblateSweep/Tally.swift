import AblateRuntime

/// How the outcome of one item (a unit of a sweep) differs from the intact run, summed over rows. Integers: shards add up to the same
/// bits in any order.
struct ItemTally: BitwiseCopyable {
  var lost: Int64 = 0
  var gained: Int64 = 0
  var changed: Int64 = 0

  /// Rows that became right less those that became wrong.
  var balance: Int64 { gained &- lost }

  mutating func add(_ other: ItemTally) {
    lost &+= other.lost
    gained &+= other.gained
    changed &+= other.changed
  }
}

/// The same for the sums that are kept when more than counts is asked for.
struct ItemSums: BitwiseCopyable {
  var logLoss = FixedPointSum()
  var labelProbability = FixedPointSum()

  mutating func add(_ other: ItemSums) {
    logLoss.add(other.logLoss)
    labelProbability.add(other.labelProbability)
  }
}

/// The counts of a sweep: those of the intact run, and each item's difference from them.
final class Tally {
  let itemCount: Int
  let classCount: Int
  var rows: Int64 = 0
  var correct: Int64 = 0
  var logLoss = FixedPointSum()
  var labelProbability = FixedPointSum()
  /// (row, item) pairs whose prediction was not proven to stay, and those that were run with the item ablated.
  var examined: Int64 = 0
  var rerun: Int64 = 0
  let intactConfusion: Buffer<Int64>
  let items: Buffer<ItemTally>
  /// [items]; nil if only counts are asked for.
  let sums: Buffer<ItemSums>?
  /// [items, classes, classes], row = label, column = prediction; nil if not asked for.
  let confusionChanges: Buffer<Int64>?

  init(itemCount: Int, classCount: Int, metrics: Metrics) throws(AblateError) {
    self.itemCount = itemCount
    self.classCount = classCount
    intactConfusion = try Buffer(rows: classCount, columns: classCount)
    items = try Buffer(count: itemCount)
    sums = metrics.isSubset(of: .confusion) ? nil : try Buffer(count: itemCount)
    if metrics.contains(.confusion) {
      let (cells, overflow) = classCount.multipliedReportingOverflow(by: classCount)
      confusionChanges = try Buffer(rows: itemCount, columns: overflow ? Int.max : cells)
    } else {
      confusionChanges = nil
    }
  }

  func item(_ index: Int) -> ItemTally { items.pointer[index] }

  func sums(_ index: Int) -> ItemSums { sums?.pointer[index] ?? ItemSums() }

  /// Counts a row of the intact run.
  func countIntact(_ outcome: Outcome, label: Int) {
    rows &+= 1
    if outcome.prediction == label { correct &+= 1 }
    intactConfusion.pointer[label * classCount + outcome.prediction] &+= 1
    logLoss.add(outcome.logLoss)
    labelProbability.add(outcome.labelProbability)
  }

  /// Counts a row whose prediction was not proven to stay.
  func countExamined() { examined &+= 1 }

  /// Counts a row that had to be run with an item ablated.
  func countRerun() { rerun &+= 1 }

  /// Counts the prediction of a row with item `index` ablated.
  func countPrediction(of index: Int, from intact: Int, to ablated: Int, label: Int) {
    if ablated == intact { return }
    let item = items.pointer + index
    item.pointee.changed &+= 1
    if intact == label { item.pointee.lost &+= 1 }
    if ablated == label { item.pointee.gained &+= 1 }
    if let confusionChanges {
      let row = confusionChanges.pointer + (index * classCount + label) * classCount
      row[intact] &-= 1
      row[ablated] &+= 1
    }
  }

  /// Counts how a row with item `index` ablated differs from the intact run.
  func countChange(of index: Int, from intact: Outcome, to ablated: Outcome, label: Int) {
    countPrediction(of: index, from: intact.prediction, to: ablated.prediction, label: label)
    guard let item = sums.map({ $0.pointer + index }) else { return }
    item.pointee.logLoss.add(ablated.logLoss)
    item.pointee.logLoss.add(intact.logLoss, count: -1)
    item.pointee.labelProbability.add(ablated.labelProbability)
    item.pointee.labelProbability.add(intact.labelProbability, count: -1)
  }

  /// Adds the counts of other rows.
  func add(_ other: Tally) {
    rows &+= other.rows
    correct &+= other.correct
    examined &+= other.examined
    rerun &+= other.rerun
    logLoss.add(other.logLoss)
    labelProbability.add(other.labelProbability)
    for cell in 0..<intactConfusion.count { intactConfusion.pointer[cell] &+= other.intactConfusion.pointer[cell] }
    for index in 0..<itemCount { items.pointer[index].add(other.items.pointer[index]) }
    if let sums, let others = other.sums {
      for index in 0..<itemCount { sums.pointer[index].add(others.pointer[index]) }
    }
    if let confusionChanges, let changes = other.confusionChanges {
      for cell in 0..<confusionChanges.count { confusionChanges.pointer[cell] &+= changes.pointer[cell] }
    }
  }

  func reset() {
    rows = 0
    correct = 0
    examined = 0
    rerun = 0
    logLoss = FixedPointSum()
    labelProbability = FixedPointSum()
    intactConfusion.pointer.update(repeating: 0, count: intactConfusion.count)
    items.pointer.update(repeating: ItemTally(), count: itemCount)
    if let sums { sums.pointer.update(repeating: ItemSums(), count: itemCount) }
    if let confusionChanges { confusionChanges.pointer.update(repeating: 0, count: confusionChanges.count) }
  }

  /// [classes, classes] of the intact run.
  func copyIntactConfusion(to out: UnsafeMutablePointer<Int64>) {
    out.copy(from: intactConfusion.pointer, count: intactConfusion.count)
  }

  /// [classes, classes] with an item ablated.
  func copyConfusion(of index: Int, to out: UnsafeMutablePointer<Int64>) throws(AblateError) {
    guard let confusionChanges else {
      throw AblateError(.invalidArgument, "the sweep was made without the confusion metric")
    }
    let changes = confusionChanges.pointer + index * intactConfusion.count
    for cell in 0..<intactConfusion.count { out[cell] = intactConfusion.pointer[cell] &+ changes[cell] }
  }
}
