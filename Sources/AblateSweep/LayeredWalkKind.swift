import AblateModel
import AblateRuntime

/// Walks along orders of units of several layers, as `WalkKind` has them for one. What a step changes is run from its layer on, with what was
/// replaced before it. One thread's: it keeps the values of a block.
final class LayeredWalkKind: SweepKind, @unchecked Sendable {
  private let model: Model
  private let steps: WalkSteps
  private let layers: [WalkedLayer]
  private let input: Buffer<Float>
  private let executor: Executor
  private let reader: OutcomeReader
  /// [capacity]
  private let predictions: Buffer<Int32>
  /// [capacity, measures per row]
  private let measures: Buffer<Float>
  private let changed: Buffer<Int32>

  /// - Parameters:
  ///   - points: of the layers, ascending; the first is the input.
  ///   - replacements: of all units, layer by layer.
  init(
    model: Model, points: [Int], replacements: Buffer<Float>, steps: WalkSteps, metrics: Metrics, capacity: Int
  ) throws(AblateError) {
    self.model = model
    self.steps = steps
    var layers: [WalkedLayer] = []
    var first = 0
    var widest = 0
    for point in points {
      let width = model.width(ofPoint: point)
      layers.append(
        try WalkedLayer(
          point: point, width: width, replacements: replacements.pointer + first, first: first, capacity: capacity))
      first += width
      widest = max(widest, width)
    }
    self.layers = layers
    input = try Buffer(rows: capacity, columns: RowStride.padded(widest))
    executor = try Executor(model: model, capacity: capacity)
    reader = try OutcomeReader(model: model, metrics: metrics, capacity: capacity)
    predictions = try Buffer(count: capacity)
    measures = try Buffer(rows: capacity, columns: reader.measures.perRow)
    changed = try Buffer(count: capacity)
  }

  var itemCount: Int { steps.units.count }

  func item(_ index: Int) -> SweepItem { SweepItem(unit: Int(steps.units.pointer[index])) }

  /// Nothing: walks are not saved.
  func identify(_ fingerprint: inout Fingerprint) {}

  /// None: nothing is proven from what changes at a point.
  var points: [Int] { [] }

  var largestReplacement: Float { 0 }

  func visit(_ worker: SweepWorker) {
    steps.forEachWalk(ofRow: worker.block.firstRow) { items in
      start(worker.block)
      for item in items {
        let unit = Int(steps.units.pointer[item])
        let place = layers.lastIndex { $0.first <= unit } ?? 0
        let count = layers[place].replace(
          unit - layers[place].first, rows: worker.block.rows, changed: changed.pointer)
        if count > 0 { run(from: place, count, worker.block) }
        self.count(item, worker)
      }
    }
  }

  private func start(_ block: IntactBlock) {
    let perRow = reader.measures.perRow
    for layer in layers { layer.start(block) }
    for row in 0..<block.rows {
      predictions.pointer[row] = Int32(truncatingIfNeeded: block.prediction(row))
      (measures.pointer + row * perRow).copy(from: block.measures(row), count: perRow)
    }
  }

  /// Counts what all rows of the block have come to.
  private func count(_ item: Int, _ worker: SweepWorker) {
    let block = worker.block
    let perRow = reader.measures.perRow
    for row in 0..<block.rows {
      if perRow > 0 {
        worker.tally.countMeasures(
          of: item, from: block.measures(row), to: measures.pointer + row * perRow, label: block.targets.label(row))
      }
      worker.countPrediction(of: item, row: row, Int(predictions.pointer[row]))
    }
  }

  /// Runs the rows that changed, from a layer on.
  @_optimize(speed)
  private func run(from place: Int, _ count: Int, _ block: IntactBlock) {
    let stride = layers[place].stride
    for index in 0..<count {
      (input.pointer + index * stride).copy(from: layers[place].row(Int(changed.pointer[index])), count: stride)
    }
    var source = (pointer: input.pointer, stride: stride)
    for next in place..<layers.count {
      let end = next + 1 < layers.count ? layers[next + 1].point : model.steps.count
      executor.run(steps: layers[next].point..<end, from: source.pointer, stride: source.stride, rows: count)
      source = executor.values(ofStep: end - 1)
      if next + 1 == layers.count { break }
      for index in 0..<count {
        layers[next + 1].take(source.pointer + index * source.stride, row: Int(changed.pointer[index]))
      }
    }
    let perRow = reader.measures.perRow
    reader.read(
      scores: source.pointer, stride: source.stride, rows: count, block: block,
      origin: { Int(self.changed.pointer[$0]) },
      take: { index, prediction, own in
        let row = Int(self.changed.pointer[index])
        self.predictions.pointer[row] = Int32(truncatingIfNeeded: prediction)
        (self.measures.pointer + row * perRow).copy(from: own, count: perRow)
      })
  }
}

/// A layer's activations of a block, as ever more of its units are replaced.
private final class WalkedLayer {
  let point: Int
  let stride: Int
  /// The number of its first unit among those of all layers.
  let first: Int
  private let width: Int
  private let replacements: UnsafePointer<Float>
  /// [capacity, stride]
  private let values: Buffer<Float>
  private let replaced: Buffer<Int32>
  private var replacedCount = 0

  init(
    point: Int, width: Int, replacements: UnsafeMutablePointer<Float>, first: Int, capacity: Int
  ) throws(AblateError) {
    self.point = point
    self.width = width
    self.first = first
    self.replacements = UnsafePointer(replacements)
    stride = RowStride.padded(width)
    values = try Buffer(rows: capacity, columns: stride)
    replaced = try Buffer(count: width)
  }

  func row(_ row: Int) -> UnsafeMutablePointer<Float> { values.pointer + row * stride }

  func start(_ block: IntactBlock) {
    replacedCount = 0
    for row in 0..<block.rows { self.row(row).copy(from: block.values(row, at: point), count: width) }
  }

  /// Replaces a unit and lists the rows that had another value.
  @_optimize(speed)
  func replace(_ unit: Int, rows: Int, changed: UnsafeMutablePointer<Int32>) -> Int {
    replaced.pointer[replacedCount] = Int32(truncatingIfNeeded: unit)
    replacedCount += 1
    var count = 0
    for row in 0..<rows where values.pointer[row * stride + unit] != replacements[unit] {
      values.pointer[row * stride + unit] = replacements[unit]
      changed[count] = Int32(truncatingIfNeeded: row)
      count += 1
    }
    return count
  }

  /// Takes over the activations of a row but for what is replaced, which is put into them, too.
  func take(_ activations: UnsafeMutablePointer<Float>, row: Int) {
    for index in 0..<replacedCount {
      let unit = Int(replaced.pointer[index])
      activations[unit] = replacements[unit]
    }
    self.row(row).copy(from: activations, count: width)
  }
}
