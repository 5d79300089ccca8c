import AblateModel
import AblateRuntime
import AblateStudy
import AblateTestSupport
import Testing

/// Class activation maps are the same bits for any number of threads and any cutting into blocks, and those of masked runs.
@Suite struct ActivationMapTests {
  private let shape = [3, 9, 7]

  /// Two convolutions, the second in a sum with the first, their means, scores of 4 classes.
  private func makeModel() throws -> Model {
    var state: UInt32 = 5
    func values(_ count: Int) -> [Float] {
      (0..<count).map { _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return Float(state >> 8) / Float(1 << 24) - 0.5
      }
    }
    var builder = try ModelBuilder(inputShape: shape)
    func add(_ inputs: Int, from source: Int) throws {
      var window = ImageWindow(height: 3, width: 3)
      window.padding = ImagePadding(top: 1, left: 1, bottom: 1, right: 1)
      try values(10 * inputs * 9).withUnsafeBufferPointer { weights in
        try builder.addConvolution(
          name: "", units: 10, window: window, weights: weights, bias: nil, activation: Activation(.relu), from: source)
      }
    }
    try add(3, from: try builder.addImage())
    let first = builder.lastPoint
    try add(10, from: first)
    try builder.addSum(name: "", of: first, and: builder.lastPoint)
    try builder.addGlobalPooling(name: "", isMaximum: false)
    try values(40).withUnsafeBufferPointer { weights in
      try builder.addDense(
        name: "", units: 4, layout: .outIn, weights: weights, bias: nil, activation: .identity)
    }
    return try builder.build()
  }

  private func rows(_ count: Int) -> [Float] { (0..<count * 189).map { Float(($0 * 7919) % 1000) / 500 - 1 } }

  private func maps(_ session: Session, _ x: [Float], rows: Int, upsampled: Bool) throws -> [Float] {
    var out = [Float](repeating: .nan, count: rows * 63)
    try out.withUnsafeMutableBufferPointer {
      try session.activationMaps(x, rows: rows, classes: nil, upsampled: upsampled, into: $0.baseAddress!)
    }
    return out
  }

  @Test(arguments: [false, true]) func threadsAndBlocksChangeNoBit(upsampled: Bool) throws {
    let model = try makeModel()
    let x = rows(300)
    let all = try maps(Session(model: model, threads: 1), x, rows: 300, upsampled: upsampled)
    #expect(all.allSatisfy { $0.isFinite })
    #expect(try maps(Session(model: model, threads: 4), x, rows: 300, upsampled: upsampled) == all)
    let single = try Session(model: model, threads: 3)
    for row in [0, 17, 299] {
      let own = Array(x[row * 189..<(row + 1) * 189])
      #expect(try maps(single, own, rows: 1, upsampled: upsampled) == Array(all[row * 63..<(row + 1) * 63]))
    }
  }

  @Test func channelsOfASumGoWithoutALayer() throws {
    let model = try makeModel()
    let source = try MapSource(model)
    #expect(source.layer == nil && source.shape == ValueShape(height: 9, width: 7, channels: 10))
    #expect(source.input?.height == 9 && source.input?.width == 7)
    var options = ChannelRemoval.Options()
    options.points = [0, 10]
    options.topCount = 4
    let removal = try ChannelRemoval(model: model, x: rows(1), class: nil, options: options)
    var scores: [Float] = []
    try removal.run { _, outcome in scores.append(outcome.score) }
    let intact = try Session(model: model, threads: 1).run(rows(1), rows: 1)
    #expect(scores == [intact[removal.shownClass], 0])
    #expect(intact.max() == scores[0])
  }

  @Test func stepsOfTheBuilderForTheOrderOfImages() throws {
    var builder = try ModelBuilder(inputShape: shape)
    #expect(try builder.imageShape() == ValueShape(height: 9, width: 7, channels: 3))
    #expect(try builder.addImage() == 1)
    #expect(try builder.addImage() == 1)
    #expect(try builder.addRowMajor() == 2)
    #expect(try builder.addRowMajor() == 2)
    // Of the input's own shape, but no longer the input.
    #expect(try builder.imageShape() == ValueShape(height: 1, width: 1, channels: 189))
    var grey = try ModelBuilder(inputShape: [1, 9, 7])
    #expect(try grey.addImage() == 0)
    #expect(try grey.addRowMajor() == 0)
    #expect(throws: AblateError.self) { try grey.addImage(from: 3) }
  }
}
