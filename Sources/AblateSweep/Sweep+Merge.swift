import AblateModel
import AblateRuntime

extension Sweep {
  /// Adds the counts of another sweep with the same plan, as if its rows had been fed here. Shards can be merged in any order.
  public func merge(_ other: Sweep) throws(AblateError) {
    guard other !== self else { throw AblateError(.invalidArgument, "a sweep cannot be merged with itself") }
    guard fingerprint == other.fingerprint else {
      throw AblateError(.invalidArgument, "the sweeps have different plans: they differ in \(difference(from: other))")
    }
    try total.reserve(rows: other.total.rows)
    total.add(other.total)
  }

  /// Whether another sweep has the same model, kind, items and replacements.
  package func hasItems(of other: Sweep) -> Bool {
    itemCount == other.itemCount && itemFingerprint == other.itemFingerprint
  }

  /// The first of what two plans differ in.
  private func difference(from other: Sweep) -> String {
    if modelFingerprint != other.modelFingerprint { return "the model or its weights" }
    if !hasItems(of: other) { return "kind, items or replacements" }
    return metrics.rawValue == other.metrics.rawValue ? "the limit of changed rows" : "metrics"
  }

  private var modelFingerprint: Fingerprint {
    var fingerprint = Fingerprint()
    fingerprint.add(model)
    return fingerprint
  }

  private var itemFingerprint: Fingerprint {
    var fingerprint = modelFingerprint
    kind.identify(&fingerprint)
    return fingerprint
  }

  /// Tells its plan (model, kind, items, replacements, metrics) from others.
  var fingerprint: Fingerprint {
    var fingerprint = itemFingerprint
    fingerprint.add(UInt64(metrics.rawValue))
    fingerprint.add(itemCount)
    fingerprint.add(changedRowLimit)
    return fingerprint
  }
}
