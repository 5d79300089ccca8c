import AblateModel
import AblateRuntime

/// The units of one layer in an order: the first ablated, the first two, and so on.
///
/// Each step concerns only the rows that hold another value than the replacement; the others stay what they were. The scores,
/// or else the pre-activations behind them, are kept up to date, and a row is run where rounding leaves its prediction open.
final class OrderKind: SweepKind {
  private let layer: Int
  private let point: Int
  private let units: [Int]
  private let replacement: LayerReplacement

  init(model: Model, layer: Int, units: [Int], replacement: Replacement) throws(AblateError) {
    self.layer = layer
    point = model.point(behindLayer: layer)
    self.units = units
    self.replacement = try LayerReplacement(replacement, model: model, layer: layer)
  }

  var itemCount: Int { units.count }

  func item(_ index: Int) -> SweepItem { SweepItem(layer: layer, unit: units[index]) }

  func identify(_ fingerprint: inout Fingerprint) {
    fingerprint.add(.cumulative)
    for unit in units { fingerprint.add(unit) }
    replacement.identify(&fingerprint)
  }

  var points: [Int] { [point] }

  /// What all of them can come to.
  var largestReplacement: Float { replacement.largestMagnitude * Float(units.count) }

  var changesAccumulate: Bool { true }

  func visit(_ worker: SweepWorker) {
    worker.startAccumulating(at: point)
    for (index, unit) in units.enumerated() {
      if let fixed = replacement.fixed {
        worker.accumulate(unit: unit, fixed.pointer[unit], at: point)
      } else {
        for row in 0..<worker.block.rows {
          worker.accumulate(row: row, unit: unit, worker.replacement(replacement, unit: unit, row: row), at: point)
        }
      }
      worker.countAccumulated(item: index, at: point)
    }
  }
}
