import AblateModel
import AblateRuntime

/// Any list of masks, each run from the first layer it changes.
///
/// The effects of the units of a mask add up at most, so only rows whose lead they can reach are run. Not with synapses, values that depend on the
/// row, or units of the output layer: such masks run all rows. Its masks are resolved once and then only read.
final class MaskKind: SweepKind, @unchecked Sendable {
  private let model: Model
  let masks: [ResolvedMask]
  /// Of each mask, what it replaces, if effects can be added up.
  private let replacements: [[PointChanges]?]
  /// The unit that each mask adds to the one before it, if that is how they were given.
  private let order: [UnitPlace]
  /// Of what the masks hold, which can be changed or freed later.
  private let contents: Fingerprint

  init(model: Model, masks: [Mask]) throws(AblateError) {
    var resolved: [ResolvedMask] = []
    var contents = Fingerprint()
    for (index, mask) in masks.enumerated() {
      guard mask.model === model else { throw AblateError(.invalidArgument, "mask \(index) is of another model") }
      let own = try ResolvedMask(mask)
      guard own.firstLayer != nil else { throw AblateError(.invalidArgument, "mask \(index) ablates nothing") }
      resolved.append(own)
      try contents.add(mask)
    }
    guard !masks.isEmpty else { throw AblateError(.invalidArgument, "the list of masks is empty") }
    self.model = model
    self.masks = resolved
    replacements = resolved.map { PointChanges.list(of: $0, model: model) }
    order = []
    self.contents = contents
  }

  /// The masks of an order of distinct units: the first, the first two, and so on.
  init(model: Model, order: [UnitPlace], replacement: Replacement) throws(AblateError) {
    let mask = Mask(model: model)
    try mask.setReplacement(replacement)
    var resolved: [ResolvedMask] = []
    var contents = Fingerprint()
    for place in order {
      try mask.set(layer: place.layer, unit: place.unit, ablated: true)
      contents.add(place.layer)
      contents.add(place.unit)
      resolved.append(try ResolvedMask(mask))
    }
    try contents.add(mask)
    self.model = model
    masks = resolved
    replacements = resolved.map { PointChanges.list(of: $0, model: model) }
    self.order = order
    self.contents = contents
  }

  var itemCount: Int { masks.count }

  func item(_ index: Int) -> SweepItem {
    order.isEmpty ? SweepItem() : SweepItem(layer: order[index].layer, unit: order[index].unit)
  }

  func identify(_ fingerprint: inout Fingerprint) {
    fingerprint.add(.masks)
    fingerprint.add(contents.value)
  }

  var points: [Int] {
    replacements.flatMap { ($0 ?? []).map { $0.point } }
  }

  /// What all values of a mask can come to.
  var largestReplacement: Float {
    var largest: Float = 0
    for changes in replacements {
      var sum: Float = 0
      for own in changes ?? [] { for (_, value) in own.units { sum += abs(value) } }
      largest = sum.isNaN ? sum : max(largest, sum)
    }
    return largest
  }

  var sharesItems: Bool { masks.contains { $0.restart != nil } }

  func visit(_ worker: SweepWorker) {
    worker.findLimitsOfManyChanges()
    for (index, mask) in masks.enumerated() {
      worker.runPart(pairs: worker.block.rows) {
        if let changes = replacements[index], worker.certificate != nil {
          worker.runOpenRows(item: index, mask: mask, changes)
        } else {
          worker.runBlock(item: index, mask: mask)
        }
      }
    }
  }
}

extension Fingerprint {
  fileprivate mutating func add(_ mask: Mask) throws(AblateError) {
    for layer in mask.model.layers.indices {
      let bytes = try mask.bytes(layer: layer)
      for unit in bytes.indices where bytes[unit] != 0 {
        add(layer)
        add(unit)
        switch mask.replacement(layer: layer, unit: unit).value(model: mask.model, layer: layer, unit: unit) {
        case .fixed(let value): add(value)
        case .resampled(let source): add(source, layer: layer, unit: unit)
        }
      }
      guard let synapses = mask.synapses(layer: layer) else { continue }
      add(-2 - layer)
      for unit in bytes.indices {
        for input in 0..<mask.model.layers[layer].inputs where synapses.contains(row: unit, column: input) {
          add(unit)
          add(input)
        }
      }
    }
    add(-1)
  }
}
