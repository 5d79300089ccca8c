import AblateModel
import AblateRuntime

/// What a sweep ablates: a list of items, and how they apply to a block of rows. Shared by the threads of a sweep.
protocol SweepKind: AnyObject, Sendable {
  var itemCount: Int { get }
  /// Where values are replaced, see `Sensitivity`.
  var points: [Int] { get }
  /// The magnitude of the largest value that is put in.
  var largestReplacement: Float { get }
  /// Goes through all items and rows of the worker's block, and hands over those whose outcome is open.
  func visit(_ worker: SweepWorker)
}
