import AblateModel
import AblateRuntime

/// The items of another kind, each run with a mask: for layers in front of the chain that the model ends in, where no bounds are known.
/// Its masks are resolved once and then only read.
final class MaskedKind: SweepKind, @unchecked Sendable {
  private let kind: any SweepKind
  let masks: [ResolvedMask]

  /// - Parameter kind: its items are units, or two units each.
  init(_ kind: any SweepKind, model: Model, replacement: Replacement) throws(AblateError) {
    self.kind = kind
    let mask = Mask(model: model)
    try mask.setReplacement(replacement)
    var masks: [ResolvedMask] = []
    for index in 0..<kind.itemCount {
      mask.clear()
      let item = kind.item(index)
      if let layer = item.layer, let unit = item.unit { try mask.set(layer: layer, unit: unit, ablated: true) }
      if let layer = item.secondLayer, let unit = item.secondUnit {
        try mask.set(layer: layer, unit: unit, ablated: true)
      }
      masks.append(try ResolvedMask(mask))
    }
    self.masks = masks
  }

  var itemCount: Int { kind.itemCount }
  func item(_ index: Int) -> SweepItem { kind.item(index) }
  func parts(of index: Int) -> (first: Int, second: Int)? { kind.parts(of: index) }
  var hasPairs: Bool { kind.hasPairs }
  var unitPairs: UnitPairs? { kind.unitPairs }
  func identify(_ fingerprint: inout Fingerprint) { kind.identify(&fingerprint) }
  var points: [Int] { [] }
  var largestReplacement: Float { 0 }
  var sharesItems: Bool { true }

  func visit(_ worker: SweepWorker) {
    for (index, mask) in masks.enumerated() {
      worker.runPart(pairs: worker.block.rows) { worker.runBlock(item: index, mask: mask) }
    }
  }
}
