import AblateModel
import AblateRuntime

/// What is left of the prediction of an image, and of where it comes from, while channels go one after the other.
public final class ChannelRemoval {
  public struct Options {
    public var order = ChannelOrder.highestWeight
    /// Units and synapses that are ablated all the time.
    public var mask: Mask?
    /// What takes the place of a channel at all positions. Of channels that are no units of a layer, zero and constant only.
    public var replacement = Replacement.zero
    /// Whether only the weight goes by which the class reads the channel, and the other classes go on reading it. Then the replacement is
    /// zero.
    public var isOfClassOnly = false
    /// The numbers of channels removed at which to look, ascending; nil for all of them from 0.
    public var points: [Int]?
    /// Classes to list at each point; nil for 5, or all if there are fewer.
    public var topCount: Int?
    public var isUpsampled = false

    public init() {}
  }

  /// What is found at a point.
  public struct Outcome {
    /// How many channels are gone.
    public let removed: Int
    public let prediction: Int
    /// Of the class: of a binary model, minus the score for class 0.
    public let score: Float
    public let probability: Float
    /// The classes with the largest scores, largest first, the lower class first among equals; NaN counts as largest.
    public let top: [(index: Int, probability: Float)]
    /// [height, width]; valid during the call that it is handed to.
    public let map: UnsafePointer<Float>
  }

  public let source: MapSource
  public let size: (height: Int, width: Int)
  /// The class that is looked at.
  public let shownClass: Int
  /// In the order in which they go.
  public let channels: [Int]
  public let points: [Int]
  /// The classes listed at each point.
  public let topCount: Int
  let options: Options
  private let mask: ResolvedMask?
  let executor: Executor
  private let scratch: MapScratch
  private let weights: Buffer<Float>
  let map: Buffer<Float>
  let intactScores: Buffer<Float>
  let probabilities: Buffer<Float>
  /// What takes the place of each of `channels`.
  private let values: [Float]

  /// Runs a row, x [input width].
  ///
  /// - Parameter shown: the class; nil for the prediction.
  /// - Throws: `unsupported` for models that do not predict one class per row, see `MapSource` too; `invalidArgument`, `outOfMemory`.
  public init(model: Model, x: UnsafePointer<Float>, class shown: Int?, options: Options) throws(AblateError) {
    guard model.classCount > 0 else {
      throw AblateError(.unsupported, "channels are removed from models that put each row into one class")
    }
    let source = try MapSource(model)
    try options.replacement.require(model: model)
    try model.require(options.mask)
    let executor = try Executor(model: model, capacity: 1)
    let mask = try options.mask.map { (mask) throws(AblateError) in try ResolvedMask(mask) }
    if let mask { try executor.prepare(for: mask) }
    if let shown { try source.require(class: shown) }
    executor.run(steps: 0..<model.steps.count, from: x, stride: model.inputWidth, rows: 1, mask: mask)
    let scores = executor.scores.pointer
    intactScores = try Buffer(count: model.outputWidth)
    intactScores.pointer.copy(from: scores, count: model.outputWidth)
    var prediction: Int32 = 0
    model.predict(scores: scores, stride: model.outputWidth, rows: 1, into: &prediction)
    shownClass = shown ?? Int(prediction)
    weights = try Buffer(count: source.shape.channels)
    try source.copyWeights(class: shownClass, mask: options.mask, into: weights.pointer)
    channels = try options.order.channels(UnsafeBufferPointer(start: weights.pointer, count: weights.count))
    points = try RemovalPoints.checked(options.points, most: channels.count, "channels that go")
    values = try Self.values(options, channels, source)
    topCount = options.topCount ?? min(5, model.classCount)
    guard topCount >= 1, topCount <= model.classCount else {
      throw AblateError(
        .invalidArgument,
        "options.top_count is \(UInt(bitPattern: topCount)): 1 to \(model.classCount) classes can be listed")
    }
    size = try source.size(upsampled: options.isUpsampled)
    scratch = try MapScratch(source, upsampled: options.isUpsampled)
    map = try Buffer(rows: size.height, columns: size.width)
    probabilities = try Buffer(count: model.probabilityWidth)
    self.source = source
    self.mask = mask
    self.executor = executor
    self.options = options
  }

  /// Removes the channels and calls `body` with what is found at each point. Once.
  ///
  /// - Parameter progress: called behind each point with those done and in all; returning false cancels.
  /// - Throws: `cancelled`
  public func run(
    progress: Progress? = nil, _ body: (_ point: Int, Outcome) -> Void
  ) throws(AblateError) {
    let shape = source.shape
    let image = executor.values(ofStep: source.point - 1).pointer
    var removed = 0
    for (index, point) in points.enumerated() {
      while removed < point {
        let channel = channels[removed]
        if options.isOfClassOnly { weights.pointer[channel] = 0 }
        for position in 0..<shape.positions { image[position * shape.channels + channel] = values[removed] }
        removed += 1
      }
      let start = executor.values(ofStep: source.poolingStep - 1)
      if removed > 0 {
        executor.run(
          steps: source.poolingStep..<source.model.steps.count, from: start.pointer, stride: start.stride, rows: 1,
          mask: mask)
      }
      scratch.write(image, weights: weights.pointer, into: map.pointer)
      body(index, outcome(removed))
      if let progress, !progress(UInt64(index + 1), UInt64(points.count)) {
        throw AblateError(.cancelled, "cancelled by the progress callback")
      }
    }
  }
}
