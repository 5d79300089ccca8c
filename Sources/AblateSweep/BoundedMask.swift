import AblateModel

/// A mask, and what of it bounds can be found for.
struct BoundedMask {
  let mask: ResolvedMask
  /// What it replaces, if effects can be added up.
  let changes: [PointChanges]?

  init(_ mask: ResolvedMask, of model: Model) {
    self.mask = mask
    changes = PointChanges.list(of: mask, model: model)
  }

  /// One that ablates some units.
  init(_ places: ArraySlice<UnitPlace>, of model: Model, _ replacement: Replacement) {
    var units: [[Int]] = Array(repeating: [], count: model.layers.count)
    for place in places { units[place.layer].append(place.unit) }
    self.init(ResolvedMask(units: units, of: model, replacement), of: model)
  }

  var points: [Int] { (changes ?? []).map { $0.point } }

  /// What all its values can come to.
  var sumOfReplacements: Float {
    var sum: Float = 0
    for changes in changes ?? [] { for (_, value) in changes.units { sum += abs(value) } }
    return sum
  }

  /// Runs it from the first layer it changes: of rows whose lead the effects of its units, which add up at most, can reach.
  func run(item index: Int, by worker: SweepWorker) {
    if let changes, worker.certificate != nil {
      worker.runOpenRows(item: index, mask: mask, changes)
    } else {
      worker.runBlock(item: index, mask: mask)
    }
  }
}
