import AblateModel
import AblateRuntime
import AblateSweep

/// Shapley values of units: the players are hidden units, and a set of them is worth what the model comes to on given rows with
/// the other players ablated.
///
/// The value of a unit is the mean, over orders of the players, of what its ablation takes away when the units before it in the order are
/// ablated already (Shapley 1953; sampled as in Castro, Gómez and Tejada 2009; with the truncation of Ghorbani and Zou 2020, arXiv
/// 2002.09815). Permutation p depends on the seed and p alone, and sums are exact: neither the number of threads, nor how a number of
/// permutations is cut into runs and objects that are merged, changes a bit.
public final class ShapleyValues {
  public let model: Model
  let game: ShapleyGame
  public let options: ShapleyOptions
  let rows: ShapleyRows
  let walks: UnitWalks
  var counted = PermutationRanges()
  /// Of each player, the sum of its marginals, and of their squares, in units of a row, with the sign of `ShapleyRows.intact`.
  let sums: Buffer<ExactSum>
  let squares: Buffer<ExactSum>
  /// The marginals that truncation took for 0.
  var truncated = 0
  /// [walks, players + 1]: what each walk has come to after each step.
  let values: Buffer<ExactSum>
  /// [walks, players]: the players in the order of each walk.
  let playerOrders: Buffer<Int32>
  /// [walks]: what all players ablated come to on the rows of each walk, how many values in a row have been near to that, and how many
  /// steps were gone.
  let lasts: Buffer<ExactSum>
  let streaks: Buffer<Int>
  let ends: Buffer<Int>
  /// What is shuffled: the players, and the rows if they are drawn.
  let places: Buffer<Int32>
  let rowNumbers: Buffer<Int32>?

  /// - Parameters:
  ///   - x: [rows, input width], at least one row.
  ///   - labels: [rows] in 0 ..< classCount.
  /// - Throws: `unsupported` for the output layer, for `resample`, for regressions and multilabel models; `invalidArgument`.
  public init(
    model: Model, of players: ShapleyPlayers = .layers(nil), options: ShapleyOptions = ShapleyOptions(),
    x: UnsafePointer<Float>, labels: UnsafePointer<Int32>, rows: Int
  ) throws(AblateError) {
    try options.require(rows: rows)
    let game = try ShapleyGame(model: model, players: players, replacement: options.replacement)
    let players = game.players
    guard options.topCount < players.count else {
      throw AblateError(
        .invalidArgument, "options.top_count is \(options.topCount): it must be less than the \(players.count) players")
    }
    let labels = try model.checkedCopy(ofLabels: labels, rows: rows)
    self.model = model
    self.game = game
    self.options = options
    self.rows = try ShapleyRows(
      model: model, game: game, measure: options.measure, x: x, labels: labels, threads: options.threads)
    let first = game.layers[0]
    let isInChain = model.isInChain(first)
    let suffix = isInChain ? model.suffix(behindLayer: first) : model
    let start = isInChain ? model.point(behindLayer: first) : 0
    let perWalk = options.sampleRows ?? rows
    let threads = options.threads == 0 ? ThreadPool.processorCount : options.threads
    let blocks = UnitWalks.blocks(rows: perWalk, suffix: suffix)
    let wanted = max(8 * threads / blocks, isInChain ? Self.stepsAtOnce / players.count : 1)
    let walkCount = max(1, min(wanted, Self.mostWalks, Self.mostValues / (players.count + 1)))
    let isInPieces = options.tolerance > 0 && game.layers.count == 1 && isInChain
    walks = try UnitWalks(
      suffix: suffix, points: game.layers.map { model.point(behindLayer: $0) - start },
      activations: self.rows.activations, labels: self.rows.labels, replacements: game.replacements,
      length: players.count, rowsPerWalk: options.sampleRows, walks: walkCount,
      stepLimit: isInPieces ? min(players.count, Self.stepsOfPiece) : players.count, metrics: options.measure.metrics,
      threads: options.threads)
    sums = try Buffer(count: players.count)
    squares = try Buffer(count: players.count)
    values = try Buffer(rows: walkCount, columns: players.count + 1)
    playerOrders = try Buffer(rows: walkCount, columns: players.count)
    lasts = try Buffer(count: walkCount)
    streaks = try Buffer(count: walkCount)
    ends = try Buffer(count: walkCount)
    places = try Buffer(count: players.count)
    rowNumbers = options.sampleRows == nil ? nil : try Buffer(count: rows)
  }

  /// In the order of values.
  public var players: [UnitPlace] { game.players }

  /// What is lost when a run is cancelled is no more; of channels, whose steps take longer, only what keeps the threads busy.
  private static var stepsAtOnce: Int { 1024 }
  private static var mostWalks: Int { 64 }
  private static var mostValues: Int { 1 << 18 }
  /// After which it is seen which walks have been truncated.
  private static var stepsOfPiece: Int { 128 }
}

extension ShapleyMeasure {
  var metrics: Metrics {
    switch self {
    case .accuracy: []
    case .labelProbability: .labelProbability
    case .logLoss: .logLoss
    }
  }

  /// What makes more better.
  var sign: Double { self == .logLoss ? -1 : 1 }
}
