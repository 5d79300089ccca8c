import AblateModel
import AblateRuntime

/// Any list of masks, each run from the first layer it changes.
///
/// The effects of the units of a mask add up at most, so only rows whose lead they can reach are run. Not with synapses, values that depend on the
/// row, or units of the output layer: such masks run all rows. Given masks are resolved once and then only read; those of an order, which
/// together are as large as its length squared, when they are run.
final class MaskKind: SweepKind, @unchecked Sendable {
  private let model: Model
  private let given: [Resolved]
  /// The unit that each mask adds to the one before it, if that is how they were given, and what replaces them.
  private let order: [UnitPlace]
  private let replacement: Replacement
  /// Masks with all changes of which effects can be added up.
  private let bounded: [Resolved]
  /// Of what the masks hold, which can be changed or freed later.
  private let contents: Fingerprint

  private struct Resolved {
    let mask: ResolvedMask
    /// What it replaces, if effects can be added up.
    let changes: [PointChanges]?

    init(_ mask: ResolvedMask, of model: Model) {
      self.mask = mask
      changes = PointChanges.list(of: mask, model: model)
    }

    init(_ places: ArraySlice<UnitPlace>, of model: Model, _ replacement: Replacement) {
      var units: [[Int]] = Array(repeating: [], count: model.layers.count)
      for place in places { units[place.layer].append(place.unit) }
      self.init(ResolvedMask(units: units, of: model, replacement), of: model)
    }
  }

  init(model: Model, masks: [Mask]) throws(AblateError) {
    var resolved: [Resolved] = []
    var contents = Fingerprint()
    for (index, mask) in masks.enumerated() {
      guard mask.model === model else { throw AblateError(.invalidArgument, "mask \(index) is of another model") }
      let own = Resolved(try ResolvedMask(mask), of: model)
      guard own.mask.firstLayer != nil else { throw AblateError(.invalidArgument, "mask \(index) ablates nothing") }
      resolved.append(own)
      try contents.add(mask)
    }
    guard !masks.isEmpty else { throw AblateError(.invalidArgument, "the list of masks is empty") }
    self.model = model
    given = resolved
    bounded = resolved
    order = []
    replacement = .zero
    self.contents = contents
  }

  /// The masks of an order of distinct units: the first, the first two, and so on.
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
    given = []
    self.order = order
    self.replacement = replacement
    let first = order.prefix { $0.layer < model.outputLayer && model.isInChain($0.layer) }
    bounded = [Resolved(first, of: model, replacement)]
    self.contents = contents
  }

  var itemCount: Int { order.isEmpty ? given.count : order.count }

  func item(_ index: Int) -> SweepItem {
    order.isEmpty ? SweepItem() : SweepItem(layer: order[index].layer, unit: order[index].unit)
  }

  func identify(_ fingerprint: inout Fingerprint) {
    fingerprint.add(.masks)
    fingerprint.add(contents.value)
  }

  var points: [Int] {
    bounded.flatMap { ($0.changes ?? []).map { $0.point } }
  }

  /// What all values of a mask can come to.
  var largestReplacement: Float {
    var largest: Float = 0
    for own in bounded {
      var sum: Float = 0
      for changes in own.changes ?? [] { for (_, value) in changes.units { sum += abs(value) } }
      largest = Replacement.larger(largest, sum)
    }
    return largest
  }

  var masks: [ResolvedMask] { given.map { $0.mask } }

  var sharesItems: Bool {
    given.contains { $0.mask.restart != nil } || order.contains { !model.isInChain($0.layer) }
  }

  func visit(_ worker: SweepWorker) {
    worker.findLimitsOfManyChanges()
    for index in 0..<itemCount {
      worker.runPart(pairs: worker.block.rows) {
        let own = order.isEmpty ? given[index] : Resolved(order[...index], of: model, replacement)
        if let changes = own.changes, worker.certificate != nil {
          worker.runOpenRows(item: index, mask: own.mask, changes)
        } else {
          worker.runBlock(item: index, mask: own.mask)
        }
      }
    }
  }
}
