import AblateModel
import AblateRuntime

extension SweepWorker {
  /// Runs the rows of the block with a channel replaced, where that changes what the steps behind it see.
  func run(item: Int, layer: Int, channel: Int, _ replaced: ReplacedChannels) {
    let point = replaced.point
    let changed = scratchRows.pointer
    var count = 0
    for row in 0..<block.rows where !replaced.isHeld(by: block.values(row, at: point), channel: channel) {
      changed[count] = Int32(truncatingIfNeeded: row)
      count += 1
    }
    tally.countExamined(count)
    if !channelUpdates.isEmpty, let bounds = channelUpdates[layer] {
      count = settle(item: item, channel: channel, bounds, rows: changed, count)
    }
    if count == 0 { return }
    tally.countRerun(count)
    let start = ablated.values(ofStep: point - 1)
    for index in 0..<count {
      replaced.copy(
        block.values(Int(changed[index]), at: point), replacing: channel, into: start.pointer + index * start.stride)
    }
    ablated.carry(replaced.restart, from: block.executor, rows: count) { Int(changed[$0]) }
    ablated.run(
      steps: point..<model.steps.count, from: start.pointer, stride: start.stride, rows: count,
      restart: replaced.restart)
    read(ablated.scores, rows: count) { Origin(row: Int(changed[$0]), item: item) }
  }

  /// Finds the outcomes of listed rows with a channel replaced by its contribution to the convolutions behind it, where rounding leaves no
  /// doubt about the prediction. The others stay in the list; returns how many.
  private func settle(
    item: Int, channel: Int, _ bounds: UpdateBounds, rows: UnsafeMutablePointer<Int32>, _ count: Int
  ) -> Int {
    let update = bounds.update
    let point = update.replaced.point
    let start = ablated.values(ofStep: point - 1)
    let difference = scratch.values.pointer
    let updated = contributedRows.pointer
    var left = 0
    var tried = 0
    for index in 0..<count {
      let row = Int(rows[index])
      let values = block.values(row, at: point)
      let moves = update.replaced.writeDifference(from: values, channel: channel, into: difference)
      let slack = block.slack(row, at: point) + bounds.slack(moves: moves, channel: channel)
      guard slack < block.limit(row, at: point) else {
        rows[left] = rows[index]
        left += 1
        continue
      }
      for contribution in update.contributions {
        let target = ablated.values(ofStep: contribution.step)
        contribution.add(
          channel: channel, difference, to: block.preActivations(row, ofStep: contribution.step),
          into: target.pointer + tried * target.stride)
      }
      if update.isReadElsewhere {
        update.replaced.copy(values, replacing: channel, into: start.pointer + tried * start.stride)
      }
      updated[tried] = ContributedRow(row: rows[index], slack: slack)
      tried += 1
    }
    if tried == 0 { return left }
    ablated.carry(update.restart, from: block.executor, rows: tried) { Int(updated[$0].row) }
    ablated.run(
      steps: point..<model.steps.count, from: start.pointer, stride: start.stride, rows: tried, restart: update.restart)
    for index in 0..<tried {
      let row = Int(updated[index].row)
      let places = block.places(ofRow: row)
      for changed in update.changedPoints {
        let values = ablated.values(ofStep: changed - 1)
        places[changed] = UnsafePointer(values.pointer + index * values.stride)
      }
      let slack = updated[index].slack + bounds.slackBehind(places)
      let scores = ablated.scores
      if let prediction = prediction(scores.pointer + index * scores.stride, ifClearOf: slack) {
        self.count(Origin(row: row, item: item), prediction)
      } else {
        rows[left] = updated[index].row
        left += 1
      }
    }
    return left
  }
}

/// A row of a block, and what rounding can do to its lead once it is updated.
struct ContributedRow: BitwiseCopyable {
  let row: Int32
  let slack: Float
}
