import AblateModel
import AblateRuntime

// Changed rows are collected, and run many at a time.
extension SweepWorker {
  /// Finishes what is open at a point.
  func flush(at point: Int) {
    if let update = updates[point] { flush(update) }
    flushRows(at: point)
  }

  @_optimize(speed)
  func flush(_ update: UpdatedRows) {
    if update.count == 0 { return }
    let scores = update.run(on: ablated, secondPoint: kind.secondPoint)
    let hasLeads = model.head != .binary
    if hasLeads { update.findLeads(scores, classes: model.classCount, kernels: kernels) }
    var unclear = 0
    for index in 0..<update.count {
      let entry = update.entry(index)
      // Most predictions stay.
      if hasLeads, update.leads.pointer[index] > entry.slack { continue }
      if let prediction = prediction(scores.pointer + index * scores.stride, ifClearOf: entry.slack) {
        count(entry.origin, prediction)
      } else {
        // Not run right away: that would take the place of the scores.
        update.keep(entry, at: unclear)
        unclear += 1
      }
    }
    rerun(update, count: unclear)
    update.removeAll()
  }

  /// The class whose score is above all others by more than `slack`; nil if there is none.
  @_optimize(speed)
  func prediction(_ scores: UnsafePointer<Float>, ifClearOf slack: Float) -> Int? {
    if model.head == .binary { return abs(scores[0]) > slack ? (scores[0] > 0 ? 1 : 0) : nil }
    // Without branches, which nothing could predict.
    var best = 0
    var most = scores[0]
    for index in 1..<model.classCount {
      best = scores[index] > most ? index : best
      most = scores[index] > most ? scores[index] : most
    }
    var clear = 0
    for index in 0..<model.classCount { clear &+= most - scores[index] > slack ? 1 : 0 }
    // It is not clear of itself.
    return clear == model.classCount - 1 ? best : nil
  }

  @_optimize(speed)
  func rerun(_ origin: Origin, at point: Int, _ change: Change) {
    let width = model.width(ofPoint: point)
    let target = rows.values.pointer + rows.count * RowStride.padded(width)
    target.copy(from: block.values(origin.row, at: point), count: width)
    change.apply(to: target)
    rows.append(origin, change)
    tally.countRerun(1)
    if rows.isFull { flushRows(at: point) }
  }

  private func flushRows(at point: Int) {
    if rows.count == 0 { return }
    var scores = (pointer: rows.values.pointer, stride: RowStride.padded(model.width(ofPoint: point)))
    if point < model.steps.count {
      scores = ablated.run(from: point, scores, rows: rows.count, secondPoint: kind.secondPoint) { rows.change($0) }
    }
    read(scores, rows: rows.count) { rows.origin($0) }
    rows.removeAll()
  }

  @_optimize(speed)
  func read(
    _ scores: (pointer: UnsafeMutablePointer<Float>, stride: Int), rows: Int,
    origin: (_ row: Int) -> Origin
  ) {
    reader.read(
      scores: scores.pointer, stride: scores.stride, rows: rows, block: block, origin: { origin($0).row },
      take: { index, prediction, measures in
        let origin = origin(index)
        tally.countMeasures(
          of: origin.item, from: block.measures(origin.row), to: measures, label: block.targets.label(origin.row))
        count(origin, prediction)
      })
  }
}
