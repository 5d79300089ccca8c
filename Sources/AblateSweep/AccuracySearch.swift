import AblateModel
import AblateRuntime

/// By the rows that are right. Rows are swept again where they have changed.
final class AccuracySearch: ColumnSearch {
  private let rows: Int
  private let threads: Int
  /// [rows, columns]
  private let activations: Buffer<Float>
  private let labels: Buffer<Int32>
  /// [rows], 1 for those that have to be swept.
  private let isChanged: Buffer<Int8>
  private var feed: Feed
  private var correct = 0
  /// [columns]: rows that become right without a unit less those that become wrong.
  private let gains: Buffer<Int32>

  /// Changed rows on their way through a sweep.
  private final class Feed {
    let columns: Int
    let kind: GreedyKind
    let sweep: Sweep
    /// What the threads take at once: they find it in their caches.
    let capacity: Int
    /// [capacity, columns] and [capacity]
    let activations: Buffer<Float>
    let labels: Buffer<Int32>

    init(_ suffix: Model, kind: GreedyKind, rows: Int, threads: Int) throws(AblateError) {
      columns = suffix.inputWidth
      self.kind = kind
      sweep = try Sweep(model: suffix, kind: kind, metrics: [], changedRowLimit: 1, firstRow: 0, threads: threads)
      capacity = min(rows, sweep.rowsAtOnce)
      activations = try Buffer(rows: capacity, columns: columns)
      labels = try Buffer(count: capacity)
    }
  }

  init(
    _ suffix: Model, replacements: Buffer<Float>, activations: Buffer<Float>, labels: Buffer<Int32>, threads: Int
  ) throws(AblateError) {
    let rows = labels.count
    self.rows = rows
    self.threads = threads
    self.activations = activations
    self.labels = labels
    isChanged = try Buffer(count: rows)
    gains = try Buffer(count: suffix.inputWidth)
    feed = try Feed(
      suffix, kind: GreedyKind(model: suffix, replacements: replacements, rows: rows), rows: rows, threads: threads)
    isChanged.pointer.update(repeating: 1, count: rows)
  }

  func update() throws(AblateError) {
    let kind = feed.kind
    let columns = feed.columns
    for row in 0..<rows where isChanged.pointer[row] != 0 {
      isChanged.pointer[row] = 0
      feed.labels.pointer[kind.count] = labels.pointer[row]
      (feed.activations.pointer + kind.count * columns).copy(
        from: activations.pointer + row * columns, count: columns)
      kind.append(row, correct: &correct, gains: gains.pointer)
      if kind.count == feed.capacity { try sweepFeed() }
    }
    try sweepFeed()
  }

  private func sweepFeed() throws(AblateError) {
    let kind = feed.kind
    if kind.count == 0 { return }
    feed.sweep.reset()
    try feed.sweep.feed(feed.activations.pointer, labels: feed.labels.pointer, rows: kind.count)
    kind.count(correct: &correct, gains: gains.pointer)
    kind.removeAll()
  }

  func value(without column: Int) -> Double { Double(correct + Int(gains.pointer[column])) / Double(rows) }

  func rowChanged(_ row: Int) { isChanged.pointer[row] = 1 }

  func keep(_ columns: [Int], _ suffix: Model, replacements: Buffer<Float>) throws(AblateError) {
    feed = try Feed(
      suffix,
      kind: GreedyKind(model: suffix, replacements: replacements, rows: rows, columns, of: feed.kind), rows: rows,
      threads: threads)
    for (place, column) in columns.enumerated() { gains.pointer[place] = gains.pointer[column] }
  }
}
