import CPlatform

/// Keeps the threads of an ended pool for the next one of as many. Any thread may take them, and leave others.
///
/// To start and to end a thread takes longer than a small sweep.
public final class CrewPlace: @unchecked Sendable {
  private var kept: Crew?

  public init() {}

  /// The threads that are there, if they are as many and may use the processors that the calling thread may use.
  func take(workers: Int) -> Crew? {
    let affinityHash = cplatform_affinity_hash()
    cplatform_lock()
    defer { cplatform_unlock() }
    guard let crew = kept, crew.isOfThisProcess, crew.workers == workers, crew.affinityHash == affinityHash
    else { return nil }
    kept = nil
    return crew
  }

  /// Leaves threads that nobody uses. Those that were there end.
  func leave(_ crew: Crew) {
    if !crew.isOfThisProcess { return }
    if !crew.isComplete { return crew.dismiss() }
    cplatform_lock()
    let last = kept
    kept = crew
    cplatform_unlock()
    last?.dismiss()
  }

  deinit { kept?.dismiss() }
}
