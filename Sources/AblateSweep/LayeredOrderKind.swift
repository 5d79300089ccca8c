import AblateModel
import AblateRuntime

/// Units of several layers, or of one in front of the chain that the model ends in, in an order: the first ablated, the first two, and so
/// on, each as a mask.
///
/// Masks are resolved when they are run: together they are as large as the square of the order's length.
final class LayeredOrderKind: SweepKind, @unchecked Sendable {
  private let model: Model
  private let order: [UnitPlace]
  private let replacement: Replacement
  /// The longest one of which bounds are known.
  private let bounded: BoundedMask
  private let contents: Fingerprint

  /// - Parameter order: distinct units.
  init(model: Model, order: [UnitPlace], replacement: Replacement) throws(AblateError) {
    let mask = Mask(model: model)
    try mask.setReplacement(replacement)
    var contents = Fingerprint()
    for place in order {
      try mask.set(layer: place.layer, unit: place.unit, ablated: true)
      contents.add(place.layer)
      contents.add(place.unit)
    }
    try contents.add(mask)
    self.model = model
    self.order = order
    self.replacement = replacement
    let first = order.prefix { $0.layer < model.outputLayer && model.isInChain($0.layer) }
    bounded = BoundedMask(first, of: model, replacement)
    self.contents = contents
  }

  var itemCount: Int { order.count }

  func item(_ index: Int) -> SweepItem { SweepItem(layer: order[index].layer, unit: order[index].unit) }

  /// As a list of masks.
  func identify(_ fingerprint: inout Fingerprint) {
    fingerprint.add(.masks)
    fingerprint.add(contents.value)
  }

  var points: [Int] { bounded.points }

  var largestReplacement: Float { bounded.sumOfReplacements }

  var sharesItems: Bool { order.contains { !model.isInChain($0.layer) } }

  func visit(_ worker: SweepWorker) {
    worker.findLimitsOfManyChanges()
    for index in order.indices {
      worker.runPart(pairs: worker.block.rows) {
        BoundedMask(order[...index], of: model, replacement).run(item: index, by: worker)
      }
    }
  }
}
