import AblateModel
import AblateRuntime

/// How the items of a sweep apply to a block of rows. Shared by the threads of a sweep.
protocol SweepKind: AnyObject, Sendable {
  var itemCount: Int { get }
  func item(_ index: Int) -> SweepItem
  /// Where values are replaced, see `Sensitivity`.
  var points: [Int] { get }
  /// The first point whose rounding errors matter; at most the first of `points`. nil if nothing is to be proven.
  var firstBound: Int? { get }
  /// The magnitude of the largest value that is put in.
  var largestReplacement: Float { get }
  /// Masks that it runs whole blocks with.
  var masks: [ResolvedMask] { get }
  /// Goes through all items and rows of the worker's block, and hands over those whose outcome is open.
  func visit(_ worker: SweepWorker)
}

extension SweepKind {
  var masks: [ResolvedMask] { [] }
}
