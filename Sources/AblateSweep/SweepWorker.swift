import AblateModel
import AblateRuntime

/// One thread's part of a unit sweep.
///
/// A block of rows runs through the intact model once. Then each (row, unit) pair whose activation is not already the replacement goes
/// into a tile: the layer's activations of that row with the unit's replaced. Full tiles run through the rest of the network. Because a
/// row's bits do not depend on the rows beside it, each outcome is that of a masked run.
final class SweepWorker {
  let tally: Tally
  private let model: Model
  private let items: UnitItems
  private let replacement: Replacement
  private let intact: Executor
  private let ablated: Executor
  private let judge: Judge
  private let outcomes: Buffer<Outcome>
  private let tile: PairTile

  init(
    intact: Executor, items: UnitItems, replacement: Replacement, metrics: Metrics
  ) throws(AblateError) {
    let model = intact.model
    let capacity = intact.capacity
    self.model = model
    self.items = items
    self.replacement = replacement
    self.intact = intact
    ablated = try Executor(model: model, capacity: capacity)
    judge = try Judge(model: model, metrics: metrics, capacity: capacity)
    outcomes = try Buffer(count: capacity)
    tile = try PairTile(model: model, layers: items.layers, capacity: capacity)
    tally = try Tally(itemCount: items.count, classCount: model.classCount, metrics: metrics)
  }

  /// Runs all items over a block of rows and counts.
  func run(_ x: UnsafePointer<Float>, labels: UnsafePointer<Int32>, rows: Int, firstRow: Int) {
    intact.run(steps: 0..<model.steps.count, from: x, stride: model.inputWidth, rows: rows)
    let scores = intact.values(ofLayer: model.outputLayer)
    judge.judge(scores: scores.pointer, stride: scores.stride, rows: rows, labels: labels) { row, outcome in
      outcomes.pointer[row] = outcome
      tally.countIntact(outcome, label: Int(labels[row]))
    }
    for (position, layer) in items.layers.enumerated() {
      let first = items.range(at: position).lowerBound
      for unit in 0..<model.layers[layer].units {
        collect(layer: layer, unit: unit, item: first + unit, rows: rows, firstRow: firstRow, labels: labels)
      }
      flush(layer: layer)
    }
  }

  private func collect(
    layer: Int, unit: Int, item: Int, rows: Int, firstRow: Int, labels: UnsafePointer<Int32>
  ) {
    let activations = intact.values(ofLayer: layer)
    let unitReplacement = replacement.value(model: model, layer: layer, unit: unit)
    for row in 0..<rows {
      let values = activations.pointer + row * activations.stride
      let value =
        switch unitReplacement {
        case .fixed(let value): value
        case .resampled(let source): source.activation(layer: layer, unit: unit, row: firstRow + row)
        }
      if values[unit].bitPattern == value.bitPattern { continue }
      tile.append(
        row: row, item: item, label: labels[row], activations: values, units: model.layers[layer].units, unit: unit,
        value: value)
      if tile.isFull { flush(layer: layer) }
    }
  }

  private func flush(layer: Int) {
    if tile.count == 0 { return }
    let remaining = model.steps(behindLayer: layer)
    var scores = (pointer: tile.values.pointer, stride: tile.stride(units: model.layers[layer].units))
    if !remaining.isEmpty {
      ablated.run(steps: remaining, from: scores.pointer, stride: scores.stride, rows: tile.count)
      scores = ablated.values(ofLayer: model.outputLayer)
    }
    judge.judge(
      scores: scores.pointer, stride: scores.stride, rows: tile.count, labels: tile.labels.pointer
    ) { index, outcome in
      let pair = tile.pair(index)
      tally.countChange(
        of: pair.item, from: outcomes.pointer[pair.row], to: outcome, label: Int(tile.labels.pointer[index]))
    }
    tile.removeAll()
  }
}
