import AblateModel
import AblateRuntime

extension ChannelRemoval {
  /// What the executor's scores come to.
  func outcome(_ removed: Int) -> Outcome {
    let model = source.model
    let scores = executor.scores.pointer
    let width = model.outputWidth
    if options.isOfClassOnly && model.head != .binary {
      for index in 0..<width where index != shownClass { scores[index] = intactScores.pointer[index] }
    }
    var prediction: Int32 = 0
    model.predict(scores: scores, stride: width, rows: 1, into: &prediction)
    model.probabilities(scores: scores, stride: width, rows: 1, into: probabilities.pointer)
    func score(_ index: Int) -> Float { model.head == .binary ? (index == 0 ? -scores[0] : scores[0]) : scores[index] }
    var top: [Int] = []
    var isListed = Array(repeating: false, count: model.classCount)
    for _ in 0..<topCount {
      var best: Int?
      for index in 0..<model.classCount where !isListed[index] {
        if let best, !Self.isAbove(score(index), score(best)) { continue }
        best = index
      }
      guard let best else { break }
      isListed[best] = true
      top.append(best)
    }
    return Outcome(
      removed: removed, prediction: Int(prediction), score: score(shownClass),
      probability: probabilities.pointer[shownClass], top: top.map { ($0, probabilities.pointer[$0]) },
      map: UnsafePointer(map.pointer))
  }

  private static func isAbove(_ one: Float, _ other: Float) -> Bool {
    one > other || (one.isNaN && !other.isNaN)
  }

  /// What takes the place of each channel.
  static func values(
    _ options: Options, _ channels: [Int], _ source: MapSource
  ) throws(AblateError) -> [Float] {
    if case .zero = options.replacement { return Array(repeating: 0, count: channels.count) }
    if options.isOfClassOnly {
      throw AblateError(.invalidArgument, "a weight of one class is replaced by zero only")
    }
    if case .constant(let value) = options.replacement { return Array(repeating: value, count: channels.count) }
    guard let layer = source.layer else {
      throw AblateError(.unsupported, "the channels are no units of a layer: they are replaced by zero or a constant")
    }
    var values: [Float] = []
    for channel in channels {
      guard case .fixed(let value) = options.replacement.value(model: source.model, layer: layer, unit: channel) else {
        throw AblateError(.unsupported, "channels are not resampled: there is one row")
      }
      values.append(value)
    }
    return values
  }
}
