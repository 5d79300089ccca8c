import AblateModel
import AblateRuntime

/// Each unit of a layer and each pair of them.
///
/// The effects of two changes add up at most. So with the largest effect M of a row, only units whose effect is at least the limit less M
/// can be part of a pair that matters.
final class PairKind: SweepKind {
  private let model: Model
  private let layer: Int
  private let units: Int
  private let replacement: Replacement
  private let fixed: Buffer<Float>?

  init(model: Model, layer: Int, replacement: Replacement) throws(AblateError) {
    try model.require(layer: layer)
    self.model = model
    self.layer = layer
    self.replacement = replacement
    units = model.layers[layer].units
    fixed = try replacement.fixedValues(model: model, layer: layer)
  }

  var itemCount: Int { units + units * (units - 1) / 2 }

  /// Where the pairs of a unit with later ones start.
  private func start(of unit: Int) -> Int { units + unit * (2 * units - unit - 1) / 2 }

  func index(of first: Int, _ second: Int) -> Int { start(of: first) + second - first - 1 }

  func item(_ index: Int) -> SweepItem {
    if index < units { return SweepItem(layer: layer, unit: index) }
    var low = 0
    var high = units - 1
    while high - low > 1 {
      let middle = (low + high) / 2
      if start(of: middle) <= index { low = middle } else { high = middle }
    }
    return SweepItem(layer: layer, unit: low, secondUnit: low + 1 + index - start(of: low))
  }

  var points: [Int] { [model.point(behindLayer: layer)] }

  var firstBound: Int? { model.point(behindLayer: layer) }

  var largestReplacement: Float { replacement.largestMagnitude(model: model, layer: layer) }

  func visit(_ worker: SweepWorker) {
    for row in 0..<worker.block.rows { visit(worker, row: row) }
    worker.flush(at: points[0])
  }

  private func visit(_ worker: SweepWorker, row: Int) {
    let point = points[0]
    let values = worker.block.values(row, at: point)
    let replacements =
      fixed.map { UnsafePointer($0.pointer) } ?? worker.resampled(replacement, layer: layer, row: row)
    let effects = worker.effects(row: row, at: point, replacements: replacements, count: units)
    var limit = worker.block.limit(row, at: point)
    var largest: Float = 0
    for unit in 0..<units {
      if effects[unit].isNaN { limit = .nan }
      largest = max(largest, effects[unit])
    }
    for unit in 0..<units where !(effects[unit] + largest < limit) {
      if !(effects[unit] < limit), values[unit] != replacements[unit] {
        let change = Change(unit: unit, value: replacements[unit])
        if !worker.isProven(row: row, at: point, change) { worker.examine(item: unit, row: row, at: point, change) }
      }
      for second in unit + 1..<units where !(effects[unit] + effects[second] < limit) {
        examine(worker, row: row, unit, second, values, replacements)
      }
    }
  }

  private func examine(
    _ worker: SweepWorker, row: Int, _ first: Int, _ second: Int, _ values: UnsafePointer<Float>,
    _ replacements: UnsafePointer<Float>
  ) {
    let isFirst = values[first] != replacements[first]
    let isSecond = values[second] != replacements[second]
    if !isFirst && !isSecond { return }
    let change =
      isFirst && isSecond
      ? Change(
        unit: first, value: replacements[first], secondUnit: second, secondValue: replacements[second])
      : isFirst ? Change(unit: first, value: replacements[first]) : Change(unit: second, value: replacements[second])
    if worker.isProven(row: row, at: points[0], change) { return }
    worker.examine(item: index(of: first, second), row: row, at: points[0], change)
  }
}
