import AblateModel
import AblateRuntime

/// Each unit of a layer and each pair of them.
///
/// The effects of two changes add up at most. So with the largest effect M of a row, only units whose effect is at least the limit less M
/// can be part of a pair that matters.
final class PairKind: SweepKind {
  private let layer: Int
  private let point: Int
  private let units: Int
  private let pairs: UnitPairs
  private let replacement: LayerReplacement

  init(model: Model, layer: Int, replacement: Replacement) throws(AblateError) {
    try model.require(layer: layer)
    self.layer = layer
    point = model.point(behindLayer: layer)
    units = model.layers[layer].units
    pairs = UnitPairs(units: units)
    self.replacement = try LayerReplacement(replacement, model: model, layer: layer)
  }

  var firstPair: Int? { units }

  var unitPairs: UnitPairs? { pairs }

  var itemCount: Int { pairs.itemCount }

  func item(_ index: Int) -> SweepItem {
    guard let (first, second) = pairs.parts(of: index) else { return SweepItem(layer: layer, unit: index) }
    return SweepItem(layer: layer, unit: first, secondUnit: second, secondLayer: layer)
  }

  func parts(of index: Int) -> (first: Int, second: Int)? { pairs.parts(of: index) }

  func identify(_ fingerprint: inout Fingerprint) {
    fingerprint.add(.pairs)
    replacement.identify(&fingerprint)
  }

  var points: [Int] { [point] }

  var largestReplacement: Float { replacement.largestMagnitude }

  func visit(_ worker: SweepWorker) {
    let rows = 0..<worker.block.rows
    if let bounds = worker.partnerBounds {
      worker.forEachOpenRow(of: rows, at: point, replaced: 2) { visitOpen(worker, row: $0, bounds) }
    } else {
      for row in rows { visitAll(worker, row: row) }
    }
    worker.flush(at: point)
  }

  /// Pairs of two units that change; those with one that does not follow from the other, see `predictionChanged`.
  @_optimize(speed)
  private func visitOpen(_ worker: SweepWorker, row: Int, _ bounds: PartnerBounds) {
    let replacements = worker.replacements(replacement, row: row)
    let effects = UnsafePointer(worker.scratch.effects.pointer)
    let largest = worker.findEffects(
      row: row, at: point, replacements: replacements, count: units, into: worker.scratch.effects)
    let limit = worker.block.limit(row, at: point)
    let firsts = worker.scratch.inputs.pointer
    let count = worker.kernels.notBelow(effects, limit - largest, units, firsts)
    if count == 0 { return }
    bounds.find(
      firsts, count: count, row: row, of: worker.block, replacements: replacements, effects: effects)
    for place in 0..<count {
      let unit = Int(firsts[place])
      let change = Change(unit: unit, value: replacements[unit])
      if !(effects[unit] < limit), !worker.isProven(row: row, at: point, change) {
        worker.examine(item: unit, row: row, at: point, change)
      }
      let partners = bounds.listOpen(
        with: place, kernels: worker.kernels, into: worker.scratch.indices.pointer)
      for index in 0..<partners {
        let partner = Int(worker.scratch.indices.pointer[index])
        let second = Int(firsts[partner])
        let item = pairs.index(of: unit, second)
        if let prediction = bounds.prediction(with: partner) {
          worker.count(item: item, row: row, prediction)
        } else {
          worker.examine(item: item, row: row, at: point, change.and(unit: second, value: replacements[second]))
        }
      }
    }
  }

  @_optimize(speed)
  func predictionChanged(_ worker: SweepWorker, item: Int, row: Int, to prediction: Int) {
    if worker.partnerBounds == nil || item >= units { return }
    let values = worker.block.values(row, at: point)
    func holdsReplacement(_ unit: Int) -> Bool {
      // Not `replacements`, which `visitOpen` may be using for another row.
      values[unit] == worker.replacement(replacement, unit: unit, row: row)
    }
    if worker.countPartners(of: item, row: row, prediction, where: holdsReplacement) { return }
    for unit in 0..<units where unit != item && holdsReplacement(unit) {
      worker.countPrediction(of: pairs.index(of: unit, item), row: row, prediction)
    }
  }

  private func visitAll(_ worker: SweepWorker, row: Int) {
    let values = worker.block.values(row, at: point)
    let replacements = worker.replacements(replacement, row: row)
    for unit in 0..<units {
      let isChanged = values[unit] != replacements[unit]
      let change = Change(unit: unit, value: replacements[unit])
      if isChanged { worker.examine(item: unit, row: row, at: point, change) }
      for second in unit + 1..<max(units, unit + 1) where isChanged || values[second] != replacements[second] {
        worker.examine(
          item: pairs.index(of: unit, second), row: row, at: point,
          change.and(unit: second, value: replacements[second]))
      }
    }
  }
}
