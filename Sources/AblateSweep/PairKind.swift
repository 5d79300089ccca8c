import AblateModel
import AblateRuntime

/// Each unit of a layer and each pair of them.
///
/// The effects of two changes add up at most. So with the largest effect M of a row, only units whose effect is at least the limit less M
/// can be part of a pair that matters.
final class PairKind: SweepKind {
  private let model: Model
  private let layer: Int
  private let point: Int
  private let units: Int
  private let replacement: Replacement
  private let fixed: Buffer<Float>?
  private let zeros: Buffer<Float>
  private let ones: Buffer<Float>

  init(model: Model, layer: Int, replacement: Replacement) throws(AblateError) {
    try model.require(layer: layer)
    self.model = model
    self.layer = layer
    point = model.point(behindLayer: layer)
    self.replacement = replacement
    units = model.layers[layer].units
    fixed = try replacement.fixedValues(model: model, layer: layer)
    zeros = try Buffer(count: RowStride.padded(units))
    ones = try Buffer(count: RowStride.padded(units))
    ones.pointer.update(repeating: 1, count: ones.count)
  }

  var hasPairs: Bool { true }

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
    return SweepItem(layer: layer, unit: low, secondUnit: low + 1 + index - start(of: low), secondLayer: layer)
  }

  func parts(of index: Int) -> (first: Int, second: Int)? {
    guard index >= units, let second = item(index).secondUnit, let first = item(index).unit else { return nil }
    return (first, second)
  }

  func identify(_ fingerprint: inout Fingerprint) {
    fingerprint.add(3)
    fingerprint.add(replacement, model: model, layer: layer)
  }

  var points: [Int] { [point] }

  var largestReplacement: Float { replacement.largestMagnitude(model: model, layer: layer) }

  func visit(_ worker: SweepWorker) {
    for row in 0..<worker.block.rows {
      if worker.certificate == nil { visitAll(worker, row: row) } else { visitOpen(worker, row: row) }
    }
    worker.flush(at: point)
  }

  private func replacements(_ worker: SweepWorker, row: Int) -> UnsafePointer<Float> {
    worker.replacements(fixed, of: replacement, layer: layer, row: row)
  }

  /// Pairs of two units that change; those with one that does not follow from the other, see `predictionChanged`.
  private func visitOpen(_ worker: SweepWorker, row: Int) {
    let replacements = replacements(worker, row: row)
    let effects = UnsafePointer(worker.scratch.effects.pointer)
    let largest = worker.findEffects(
      row: row, at: point, replacements: replacements, count: units, into: worker.scratch.effects)
    let limit = worker.block.limit(row, at: point)
    let firsts = worker.scratch.inputs.pointer
    let count = worker.kernels.undecided(
      zeros.pointer, effects, ones.pointer, ones.pointer, limit - largest, units, firsts)
    for position in 0..<count {
      let unit = Int(firsts[position])
      let change = Change(unit: unit, value: replacements[unit])
      if !(effects[unit] < limit), !worker.isProven(row: row, at: point, change) {
        worker.examine(item: unit, row: row, at: point, change)
      }
      let partners = worker.keepUnsettled(
        row: row, at: point, replacements: replacements,
        count: listPartners(worker, effects, of: unit, limit: limit - effects[unit]), besides: change)
      for index in 0..<partners {
        let second = Int(worker.scratch.indices.pointer[index])
        worker.examine(
          item: self.index(of: unit, second), row: row, at: point,
          change.and(unit: second, value: replacements[second]))
      }
    }
  }

  /// Lists later units that change and whose effect is not below a limit.
  private func listPartners(
    _ worker: SweepWorker, _ effects: UnsafePointer<Float>, of unit: Int, limit: Float
  ) -> Int {
    // Where the arrays are aligned, and can be read a whole vector at a time.
    let start = (unit + 1) & ~15
    let indices = worker.scratch.indices.pointer
    let count = worker.kernels.undecided(
      zeros.pointer, effects + start, ones.pointer, ones.pointer, limit, units - start, indices)
    var listed = 0
    for position in 0..<count where start + Int(indices[position]) > unit {
      indices[listed] = indices[position] + Int32(truncatingIfNeeded: start)
      listed += 1
    }
    return listed
  }

  func predictionChanged(_ worker: SweepWorker, item: Int, row: Int, to prediction: Int) {
    if worker.certificate == nil || item >= units { return }
    let values = worker.block.values(row, at: point)
    for unit in 0..<units where unit != item {
      let value = replacement.value(
        model: model, layer: layer, unit: unit, row: worker.block.firstRow + row)
      if values[unit] != value { continue }
      worker.countPrediction(of: index(of: min(unit, item), max(unit, item)), row: row, prediction)
    }
  }

  private func visitAll(_ worker: SweepWorker, row: Int) {
    let values = worker.block.values(row, at: point)
    let replacements = replacements(worker, row: row)
    for unit in 0..<units {
      let isChanged = values[unit] != replacements[unit]
      let change = Change(unit: unit, value: replacements[unit])
      if isChanged { worker.examine(item: unit, row: row, at: point, change) }
      for second in unit + 1..<max(units, unit + 1) where isChanged || values[second] != replacements[second] {
        worker.examine(
          item: index(of: unit, second), row: row, at: point, change.and(unit: second, value: replacements[second]))
      }
    }
  }
}
