import CPlatform

/// What sweeps can prove of a model, from its scores back to some point. Only `CertificateChain` is one, which this module cannot name.
package protocol KeptBounds: AnyObject, Sendable {
  /// How many points they are about.
  var pointCount: Int { get }
}

/// Where a model keeps them. Any thread may look, and leave others.
package final class BoundsPlace: @unchecked Sendable {
  private var kept: (any KeptBounds)?

  package func look() -> (any KeptBounds)? {
    cplatform_lock()
    defer { cplatform_unlock() }
    return kept
  }

  /// Leaves bounds there, unless another thread left some of as many points meanwhile.
  package func leave(_ bounds: any KeptBounds) {
    cplatform_lock()
    let last = kept
    if last.map({ $0.pointCount < bounds.pointCount }) ?? true { kept = bounds }
    cplatform_unlock()
    // What goes with the last ones is freed outside the lock.
    withExtendedLifetime(last) {}
  }
}
