import AblateModel
import AblateRuntime

extension SweepWorker {
  /// Runs the rows of the block with channels of a layer replaced, where that changes what the steps behind them see.
  func run(item: Int, layer: Int, channels: [Int], _ replaced: ReplacedChannels) {
    let point = replaced.point
    let changed = scratchRows.pointer
    var count = 0
    for row in 0..<block.rows where !replaced.areHeld(by: block.values(row, at: point), channels) {
      changed[count] = Int32(truncatingIfNeeded: row)
      count += 1
    }
    tally.countExamined(count)
    if !channelUpdates.isEmpty, let bounds = channelUpdates[layer] {
      count = settle(item: item, channels, bounds, rows: changed, count)
    }
    if count == 0 { return }
    tally.countRerun(count)
    let start = ablated.values(ofStep: point - 1)
    for index in 0..<count {
      replaced.copy(
        block.values(Int(changed[index]), at: point), replacing: channels, into: start.pointer + index * start.stride)
    }
    ablated.carry(replaced.restart, from: block.executor, rows: count) { Int(changed[$0]) }
    ablated.run(
      steps: point..<model.steps.count, from: start.pointer, stride: start.stride, rows: count,
      restart: replaced.restart)
    read(ablated.scores, rows: count) { Origin(row: Int(changed[$0]), item: item) }
  }

  /// Finds the outcomes of listed rows with channels replaced by their contributions to the convolutions behind them, where rounding leaves
  /// no doubt about the prediction. The others stay in the list; returns how many.
  private func settle(
    item: Int, _ channels: [Int], _ bounds: UpdateBounds, rows: UnsafeMutablePointer<Int32>, _ count: Int
  ) -> Int {
    let update = bounds.update
    let point = update.replaced.point
    let start = ablated.values(ofStep: point - 1)
    let updated = contributedRows.pointer
    var left = 0
    var tried = 0
    for index in 0..<count {
      let row = Int(rows[index])
      let values = block.values(row, at: point)
      var slack = block.slack(row, at: point)
      for channel in channels {
        let moves = update.replaced.writeDifference(from: values, channel: channel, into: scratch.values.pointer)
        slack += bounds.slack(moves: moves, channel: channel)
      }
      guard slack < block.limit(row, at: point) else {
        rows[left] = rows[index]
        left += 1
        continue
      }
      for contribution in update.contributions {
        let target = ablated.values(ofStep: contribution.step)
        add(contribution, of: channels, update.replaced, row: row, into: target.pointer + tried * target.stride)
      }
      if update.isReadElsewhere {
        update.replaced.copy(values, replacing: channels, into: start.pointer + tried * start.stride)
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

  /// Writes the activations of a row with what replaced channels add to them.
  private func add(
    _ contribution: ChannelContribution, of channels: [Int], _ replaced: ReplacedChannels, row: Int,
    into target: UnsafeMutablePointer<Float>
  ) {
    var sums = block.preActivations(row, ofStep: contribution.step)
    for (place, channel) in channels.enumerated() {
      // That of a single channel is still there.
      if channels.count > 1 {
        _ = replaced.writeDifference(
          from: block.values(row, at: replaced.point), channel: channel, into: scratch.values.pointer)
      }
      let isLast = place == channels.count - 1
      // Two buffers in turn: a convolution cannot add to what it writes.
      let room = place % 2 == 0 ? scratch.chains.pointer : scratch.otherRow.pointer
      contribution.add(
        channel: channel, scratch.values.pointer, to: sums, isLast: isLast, into: isLast ? target : room)
      sums = UnsafePointer(room)
    }
  }
}

/// A row of a block, and what rounding can do to its lead once it is updated.
struct ContributedRow: BitwiseCopyable {
  let row: Int32
  let slack: Float
}
