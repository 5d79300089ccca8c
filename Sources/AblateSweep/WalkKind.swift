import AblateModel
import AblateRuntime

/// Walks along orders of the values of the input: the next value replaced, the next two, and so on. Those before it in its order are replaced
/// in the rows already.
final class WalkKind: SweepKind {
  private let model: Model
  private let replacements: Buffer<Float>
  private let steps: WalkSteps

  /// - Parameter replacements: of each value, with room up to a multiple of 16.
  init(model: Model, replacements: Buffer<Float>, steps: WalkSteps) {
    self.model = model
    self.replacements = replacements
    self.steps = steps
  }

  var itemCount: Int { steps.units.count }

  func item(_ index: Int) -> SweepItem { SweepItem(input: Int(steps.units.pointer[index])) }

  /// Nothing: walks are not saved.
  func identify(_ fingerprint: inout Fingerprint) {}

  var points: [Int] { [0] }

  /// What all of them can come to.
  var largestReplacement: Float {
    Magnitude.largest(replacements.pointer, count: model.inputWidth) * Float(model.inputWidth)
  }

  var changesAccumulate: Bool { true }

  func visit(_ worker: SweepWorker) {
    steps.forEachWalk(ofRow: worker.block.firstRow) { items in
      worker.startAccumulating(at: 0)
      for item in items {
        let unit = Int(steps.units.pointer[item])
        worker.accumulate(unit: unit, replacements.pointer[unit], at: 0)
        worker.countAccumulated(item: item, at: 0)
      }
    }
  }
}
