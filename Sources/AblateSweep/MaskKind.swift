import AblateModel
import AblateRuntime

/// Any list of masks, which are resolved once and then only read.
///
/// Bounds are known of masks without synapses, values that depend on the row, or units of the output layer; others run all rows.
final class MaskKind: SweepKind, @unchecked Sendable {
  private let given: [BoundedMask]
  /// Of what the masks hold, which can be changed or freed later.
  private let contents: Fingerprint

  init(model: Model, masks: [Mask]) throws(AblateError) {
    var resolved: [BoundedMask] = []
    var contents = Fingerprint()
    for (index, mask) in masks.enumerated() {
      guard mask.model === model else { throw AblateError(.invalidArgument, "mask \(index) is of another model") }
      let own = BoundedMask(try ResolvedMask(mask), of: model)
      guard own.mask.firstLayer != nil else { throw AblateError(.invalidArgument, "mask \(index) ablates nothing") }
      resolved.append(own)
      try contents.add(mask)
    }
    guard !masks.isEmpty else { throw AblateError(.invalidArgument, "the list of masks is empty") }
    given = resolved
    self.contents = contents
  }

  var itemCount: Int { given.count }

  func item(_ index: Int) -> SweepItem { SweepItem() }

  func identify(_ fingerprint: inout Fingerprint) {
    fingerprint.add(.masks)
    fingerprint.add(contents.value)
  }

  var points: [Int] { given.flatMap { $0.points } }

  var largestReplacement: Float {
    given.reduce(0) { Magnitude.larger($0, $1.sumOfReplacements) }
  }

  var masks: [ResolvedMask] { given.map { $0.mask } }

  var sharesItems: Bool { given.contains { $0.mask.restart != nil } }

  func visit(_ worker: SweepWorker) {
    worker.findLimitsOfManyChanges()
    for index in given.indices {
      worker.runPart(pairs: worker.block.rows) { given[index].run(item: index, by: worker) }
    }
  }
}
