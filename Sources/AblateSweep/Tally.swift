import AblateModel
import AblateRuntime

/// The counts of a sweep: those of the intact run, and each item's difference from them.
final class Tally {
  let itemCount: Int
  let classCount: Int
  let measures: Measures
  var rows: Int64 = 0
  var correct: Int64 = 0
  /// (row, item) pairs whose prediction was not proven to stay, and those that were run with the item ablated.
  var examined: Int64 = 0
  var rerun: Int64 = 0
  let intactConfusion: Buffer<Int64>
  let intactSums: Buffer<ExactSum>
  let items: ItemTallies
  /// What is not in `items` yet; nil for tallies of few items, and those that others are moved to.
  private let log: ChangeLog?
  /// [items, sums], see `Measures`.
  let sums: Buffer<ExactSum>
  /// [items, classes, classes], row = label, column = prediction; nil if not asked for.
  let confusionChanges: ItemCells?
  /// [items, 2, classes]: of each class the rows that are rightly predicted as it, and all that are; nil if not asked for.
  let oneVsRestChanges: ItemCells?
  /// nil if not asked for.
  let changedRows: ChangedRows?

  /// - Parameter isMoved: whether `move(to:)` empties it after each feed.
  init(
    model: Model, itemCount: Int, metrics: Metrics, changedRowLimit: Int, isMoved: Bool
  ) throws(AblateError) {
    self.itemCount = itemCount
    classCount = model.classCount
    measures = Measures(model: model, metrics: metrics)
    intactConfusion = try Buffer(rows: classCount, columns: classCount)
    intactSums = try Buffer(count: measures.sums)
    items = try ItemTallies(count: itemCount)
    let hasCells = !metrics.isDisjoint(with: [.confusion, .oneVsRest])
    log = isMoved && itemCount > ChangeLog.capacity && !hasCells ? try ChangeLog() : nil
    sums = try Buffer(rows: itemCount, columns: measures.sums)
    confusionChanges =
      metrics.contains(.confusion) ? try Self.confusions(itemCount: itemCount, cells: intactConfusion.count) : nil
    oneVsRestChanges =
      metrics.contains(.oneVsRest) ? try ItemCells(itemCount: itemCount, width: 2 * classCount) : nil
    changedRows =
      metrics.contains(.changedRows) ? try ChangedRows(itemCount: itemCount, limit: changedRowLimit) : nil
  }

  private static func confusions(itemCount: Int, cells: Int) throws(AblateError) -> ItemCells {
    do {
      return try ItemCells(itemCount: itemCount, width: cells)
    } catch {
      throw AblateError(
        error.kind,
        "\(error.message), for the confusion matrices of all items, per thread and once for all: leave the metric confusion out"
      )
    }
  }

  func item(_ index: Int) -> ItemTally { items[index] }

  /// Makes room for the counts of so many rows more.
  ///
  /// - Throws: `invalidArgument` if they cannot be counted.
  func reserve(rows more: Int64) throws(AblateError) {
    let (all, overflow) = rows.addingReportingOverflow(more)
    guard !overflow else {
      throw AblateError(.invalidArgument, "\(rows) and \(more) rows are more than can be counted")
    }
    try items.reserve(rows: all)
  }

  /// A sum over all rows with an item ablated; of the intact model, without one.
  func sum(_ place: Int, item: Int?) -> ExactSum {
    var result = intactSums.pointer[place]
    if let item { result.add(sumOfChanges(place, item: item)) }
    return result
  }

  /// What an ablated item adds to a sum over all rows.
  func sumOfChanges(_ place: Int, item: Int) -> ExactSum { sums.pointer[item * measures.sums + place] }

  /// How many rows have a label.
  func rows(ofLabel label: Int) -> Int64 {
    var count: Int64 = 0
    for prediction in 0..<classCount { count &+= intactConfusion.pointer[label * classCount + prediction] }
    return count
  }

  /// Counts some rows of the intact run.
  @inline(__always)
  func countIntact(
    rows count: Int, label: (_ row: Int) -> Int, prediction: (_ row: Int) -> Int,
    measures own: (_ row: Int) -> UnsafePointer<Float>
  ) {
    rows &+= Int64(count)
    if classCount > 0 {
      let cells = intactConfusion.pointer
      let classes = classCount
      var right: Int64 = 0
      for row in 0..<count {
        let label = label(row)
        let prediction = prediction(row)
        right &+= prediction == label ? 1 : 0
        cells[label * classes + prediction] &+= 1
      }
      correct &+= right
    }
    if measures.perRow == 0 { return }
    for row in 0..<count { measures.add(own(row), label: label(row), to: intactSums.pointer) }
  }

  /// Counts (row, item) pairs that no bound settled.
  func countExamined(_ count: Int) { examined &+= Int64(count) }

  /// Counts (row, item) pairs that had to be run with the item ablated.
  func countRerun(_ count: Int) { rerun &+= Int64(count) }

  /// Counts the prediction of a row, by its number in the stream, with item `index` ablated.
  @_optimize(speed)
  func countPrediction(of index: Int, row number: Int, from intact: Int, to ablated: Int, label: Int) {
    if ablated == intact { return }
    let change = ItemTally(from: intact, to: ablated, label: label)
    if let log {
      if log.isFull { log.empty { add($1, to: $0) } }
      log.append(change, of: index)
    } else {
      add(change, to: index)
    }
    if let confusionChanges {
      let row = confusionChanges[index] + label * classCount
      row[intact] &-= 1
      row[ablated] &+= 1
    }
    if let oneVsRestChanges {
      let right = oneVsRestChanges[index]
      let all = right + classCount
      right[label] &+= change.balance
      all[intact] &-= 1
      all[ablated] &+= 1
    }
    changedRows?.add(Int64(number), to: index)
  }

  /// Counts how the measures of a row with item `index` ablated differ from those of the intact run.
  @_optimize(speed)
  func countMeasures(of index: Int, from intact: UnsafePointer<Float>, to ablated: UnsafePointer<Float>, label: Int) {
    let sums = sums.pointer + index * measures.sums
    measures.add(ablated, label: label, to: sums)
    measures.subtract(intact, label: label, from: sums)
  }

  /// Adds the counts of a tally that `move(to:)` does not empty.
  func add(_ other: Tally) {
    addAllButItems(other)
    other.items.forEachCounted { add(item: $0, of: other) }
  }

  /// Adds the counts to another tally, and starts anew. Reading all items would take its time in sweeps of synapses, which have so many.
  @_optimize(speed)
  func move(to other: Tally) {
    other.addAllButItems(self)
    log?.empty { other.add($1, to: $0) }
    items.forEachCounted { other.add(item: $0, of: self) }
    resetItems()
    resetAllButItems()
  }

  private func addAllButItems(_ other: Tally) {
    rows &+= other.rows
    correct &+= other.correct
    examined &+= other.examined
    rerun &+= other.rerun
    for cell in 0..<intactConfusion.count { intactConfusion.pointer[cell] &+= other.intactConfusion.pointer[cell] }
    for place in 0..<intactSums.count { intactSums.pointer[place].add(other.intactSums.pointer[place]) }
    for index in 0..<sums.count { sums.pointer[index].add(other.sums.pointer[index]) }
    if let changedRows, let others = other.changedRows { changedRows.add(others) }
  }

  private func add(item index: Int, of other: Tally) {
    add(other.items[index], to: index)
    if let others = other.confusionChanges { confusionChanges?.add(item: index, of: others) }
    if let others = other.oneVsRestChanges { oneVsRestChanges?.add(item: index, of: others) }
  }

  /// Adds to an item's counts, all but its cells.
  func add(_ counts: ItemTally, to index: Int) { items[index].add(counts) }

  func reset() {
    log?.empty { _, _ in }
    resetItems()
    resetAllButItems()
  }

  private func resetItems() {
    items.forEachCounted {
      confusionChanges?.reset(item: $0)
      oneVsRestChanges?.reset(item: $0)
    }
    items.removeAll()
  }

  private func resetAllButItems() {
    rows = 0
    correct = 0
    examined = 0
    rerun = 0
    intactConfusion.pointer.update(repeating: 0, count: intactConfusion.count)
    intactSums.pointer.update(repeating: ExactSum(), count: intactSums.count)
    sums.pointer.update(repeating: ExactSum(), count: sums.count)
    changedRows?.reset()
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
    let changes = confusionChanges[index]
    for cell in 0..<intactConfusion.count { out[cell] = intactConfusion.pointer[cell] &+ changes[cell] }
  }
}
