import AblateModel
import AblateRuntime

/// Each unit of two layers, and each pair of one of the first and one of the second.
///
/// With both ablated, the second holds its replacement whatever the first does. So the effects add up at most, and a first unit that holds
/// its replacement already leaves the effect of the second as it is.
final class AcrossKind: SweepKind {
  private let first: Side
  private let second: Side

  /// One of the two layers.
  private struct Side {
    let layer: Int
    let point: Int
    let units: Int
    let replacement: LayerReplacement

    init(model: Model, layer: Int, replacement: Replacement) throws(AblateError) {
      try model.require(layer: layer)
      self.layer = layer
      point = model.point(behindLayer: layer)
      units = model.layers[layer].units
      self.replacement = try LayerReplacement(replacement, model: model, layer: layer)
    }
  }

  init(model: Model, layers: (first: Int, second: Int), replacement: Replacement) throws(AblateError) {
    first = try Side(model: model, layer: layers.first, replacement: replacement)
    second = try Side(model: model, layer: layers.second, replacement: replacement)
    guard layers.first < layers.second else {
      throw AblateError(
        .invalidArgument, "layer \(layers.second) is not behind layer \(layers.first): name the earlier one first")
    }
  }

  var firstPair: Int? { first.units + second.units }

  var secondPoint: Int? { second.point }

  var itemCount: Int { first.units + second.units + first.units * second.units }

  private func index(of unit: Int, _ other: Int) -> Int { first.units + second.units + unit * second.units + other }

  func item(_ index: Int) -> SweepItem {
    if let (unit, other) = parts(of: index) {
      return SweepItem(
        layer: first.layer, unit: unit, secondUnit: other - first.units, secondLayer: second.layer)
    }
    return index < first.units
      ? SweepItem(layer: first.layer, unit: index) : SweepItem(layer: second.layer, unit: index - first.units)
  }

  func parts(of index: Int) -> (first: Int, second: Int)? {
    let pair = index - first.units - second.units
    return pair < 0 ? nil : (pair / second.units, first.units + pair % second.units)
  }

  func identify(_ fingerprint: inout Fingerprint) {
    fingerprint.add(.pairsAcross)
    for side in [first, second] { side.replacement.identify(&fingerprint) }
  }

  var points: [Int] { [first.point, second.point] }

  var largestReplacement: Float {
    Magnitude.larger(first.replacement.largestMagnitude, second.replacement.largestMagnitude)
  }

  func visit(_ worker: SweepWorker) {
    for row in 0..<worker.block.rows {
      if worker.certificate == nil { visitAll(worker, row: row) } else { visitOpen(worker, row: row) }
    }
    worker.flush(at: first.point)
    worker.forEachOpenRow(of: 0..<worker.block.rows, at: second.point, replaced: 1) { visitSecond(worker, row: $0) }
    worker.flush(at: second.point)
  }

  /// The units of the second layer alone.
  private func visitSecond(_ worker: SweepWorker, row: Int) {
    worker.examineAll(
      first: first.units, row: row, at: second.point, replacements: worker.replacements(second.replacement, row: row),
      count: second.units)
  }

  /// Units of the first layer that change, alone and with each of the second; pairs with one that does not change follow from the other,
  /// see `predictionChanged`.
  @_optimize(speed)
  private func visitOpen(_ worker: SweepWorker, row: Int) {
    let limit = worker.block.limit(row, at: first.point)
    let effects = worker.scratch.effects.pointer
    let others = worker.scratch.otherEffects.pointer
    let largestOther = worker.findEffects(
      row: row, at: second.point, replacements: worker.replacements(second.replacement, row: row), count: second.units,
      into: worker.scratch.otherEffects)
    // Not 0, for which no partner would be listed: with the first unit ablated, this one would change.
    for other in 0..<second.units { others[other] = max(others[other], Float.leastNormalMagnitude) }
    let replacements = worker.replacements(first.replacement, row: row)
    _ = worker.findEffects(
      row: row, at: first.point, replacements: replacements, count: first.units, into: worker.scratch.effects)
    for unit in 0..<first.units where effects[unit] > 0 && !(effects[unit] + largestOther < limit) {
      let change = Change(unit: unit, value: replacements[unit])
      if !(effects[unit] < limit), !worker.isProven(row: row, at: first.point, change) {
        worker.examine(item: unit, row: row, at: first.point, change)
      }
      let partners = worker.kernels.notBelow(
        others, limit - effects[unit], second.units, worker.scratch.indices.pointer)
      for index in 0..<partners {
        let other = Int(worker.scratch.indices.pointer[index])
        let both = change.and(
          unit: other, at: second.point, value: worker.replacement(second.replacement, unit: other, row: row))
        if worker.isProven(row: row, at: first.point, both) { continue }
        worker.examine(item: self.index(of: unit, other), row: row, at: first.point, both)
      }
    }
  }

  @_optimize(speed)
  func predictionChanged(_ worker: SweepWorker, item: Int, row: Int, to prediction: Int) {
    let other = item - first.units
    if worker.certificate == nil || other < 0 || other >= second.units { return }
    let values = worker.block.values(row, at: first.point)
    for unit in 0..<first.units where values[unit] == worker.replacement(first.replacement, unit: unit, row: row) {
      worker.countPrediction(of: index(of: unit, other), row: row, prediction)
    }
  }

  private func visitAll(_ worker: SweepWorker, row: Int) {
    let values = worker.block.values(row, at: first.point)
    let others = worker.block.values(row, at: second.point)
    for unit in 0..<first.units {
      let change = Change(unit: unit, value: worker.replacement(first.replacement, unit: unit, row: row))
      let isChanged = values[unit] != change.value
      if isChanged { worker.examine(item: unit, row: row, at: first.point, change) }
      for other in 0..<second.units {
        let value = worker.replacement(second.replacement, unit: other, row: row)
        if !isChanged && others[other] == value { continue }
        worker.examine(
          item: index(of: unit, other), row: row, at: first.point,
          change.and(unit: other, at: second.point, value: value))
      }
    }
  }
}
