import AblateModel
import AblateRuntime

/// How the items of a sweep apply to a block of rows. Shared by the threads of a sweep.
protocol SweepKind: AnyObject, Sendable {
  var itemCount: Int { get }
  func item(_ index: Int) -> SweepItem
  /// Where values are replaced, see `Sensitivity`.
  var points: [Int] { get }
  /// The magnitude of the largest value that is put in.
  var largestReplacement: Float { get }
  /// The item from which on all are pairs; nil if none is.
  var firstPair: Int? { get }
  /// The items whose ablation together is item `index`; nil for others.
  func parts(of index: Int) -> (first: Int, second: Int)?
  /// How its items are numbered, if they are the units of a layer and all pairs of them.
  var unitPairs: UnitPairs? { get }
  /// Where second units are replaced, if that is behind the points of the first.
  var secondPoint: Int? { get }
  /// Whether it changes pre-activations of the layers whose points it names.
  var needsPreActivations: Bool { get }
  /// A point no value before which is changed, and whose values bounds are found from; nil for the first of `points`.
  var origin: Int? { get }
  /// The layers in front of the chain that the model ends in of which it ablates synapses.
  var slicedLayers: [Int] { get }
  /// Whether items add to those before them.
  var changesAccumulate: Bool { get }
  /// Called when a row's prediction with an item ablated turned out to be another, before the block ends.
  func predictionChanged(_ worker: SweepWorker, item: Int, row: Int, to prediction: Int)
  /// Whether it visits in parts (see `SweepWorker.runPart`) that take long enough for threads to share those of a block: where items are in
  /// front of the chain that the model ends in.
  var sharesItems: Bool { get }
  /// Masks that it runs whole blocks with.
  var masks: [ResolvedMask] { get }
  /// What is ablated in all runs, the intact one too: the items are added to it.
  var base: ResolvedMask? { get }
  /// What its items put in the place of channels of a layer, where it runs those of a layer in front of the chain and no row counts.
  func replacedChannels(ofLayer layer: Int) -> ReplacedChannels?
  /// Adds what tells it from other kinds, items and replacements.
  func identify(_ fingerprint: inout Fingerprint)
  /// Goes through all items and rows of the worker's block, and hands over those whose outcome is open.
  func visit(_ worker: SweepWorker)
}

extension SweepKind {
  var firstPair: Int? { nil }
  var unitPairs: UnitPairs? { nil }
  var secondPoint: Int? { nil }
  func parts(of index: Int) -> (first: Int, second: Int)? { nil }
  var needsPreActivations: Bool { false }
  var origin: Int? { nil }
  var slicedLayers: [Int] { [] }
  var changesAccumulate: Bool { false }
  func predictionChanged(_ worker: SweepWorker, item: Int, row: Int, to prediction: Int) {}
  var sharesItems: Bool { false }
  var masks: [ResolvedMask] { [] }
  var base: ResolvedMask? { nil }
  func replacedChannels(ofLayer layer: Int) -> ReplacedChannels? { nil }
}

/// What tells kinds apart in fingerprints, which saved sweeps hold: numbers never change.
enum SweepKindNumber: Int {
  case units = 0
  case synapses = 1
  case inputs = 2
  case pairs = 3
  case masks = 4
  case pairsAcross = 5
  case cumulative = 6
}
