import AblateModel
import AblateRuntime

/// Any list of masks, each run as it is from the first layer it changes.
final class MaskKind: SweepKind, @unchecked Sendable {
  private let model: Model
  let masks: [ResolvedMask]
  /// The unit that each mask adds to the one before it, if that is how they were given.
  private let order: [UnitPlace]

  init(model: Model, masks: [Mask]) throws(AblateError) {
    var resolved: [ResolvedMask] = []
    for (index, mask) in masks.enumerated() {
      guard mask.model === model else { throw AblateError(.invalidArgument, "mask \(index) is of another model") }
      let own = try ResolvedMask(mask)
      guard own.firstLayer != nil else { throw AblateError(.invalidArgument, "mask \(index) ablates nothing") }
      resolved.append(own)
    }
    guard !masks.isEmpty else { throw AblateError(.invalidArgument, "the list of masks is empty") }
    self.model = model
    self.masks = resolved
    order = []
  }

  /// The masks of an order of units: the first, the first two, and so on.
  init(model: Model, order: [UnitPlace], replacement: Replacement) throws(AblateError) {
    guard !order.isEmpty else { throw AblateError(.invalidArgument, "the order of units is empty") }
    let mask = Mask(model: model)
    try mask.setReplacement(replacement)
    var resolved: [ResolvedMask] = []
    for place in order {
      if try mask.isAblated(layer: place.layer, unit: place.unit) {
        throw AblateError(.invalidArgument, "unit \(place.unit) of layer \(place.layer) is listed twice")
      }
      try mask.set(layer: place.layer, unit: place.unit, ablated: true)
      resolved.append(try ResolvedMask(mask))
    }
    self.model = model
    masks = resolved
    self.order = order
  }

  var itemCount: Int { masks.count }

  func item(_ index: Int) -> SweepItem {
    order.isEmpty ? SweepItem() : SweepItem(layer: order[index].layer, unit: order[index].unit)
  }

  var points: [Int] { [] }

  var firstBound: Int? { nil }

  var largestReplacement: Float { 0 }

  func visit(_ worker: SweepWorker) {
    for (index, mask) in masks.enumerated() { worker.runBlock(item: index, mask: mask) }
  }
}
