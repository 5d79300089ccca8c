import AblateModel
import AblateRuntime
import AblateTestSupport
import Testing

/// A 2-3-2 network whose figures can be checked by hand.
///
/// For x = (1, 1): z = (3, 7, 12), h = z, scores = (3 - 12, 7) = (-9, 7).
/// For x = (-1, 0): z = (-1, -3, -4), h = 0, scores = (0, 0).
private func handNetwork(_ activation: Activation = .relu) throws -> Model {
  try makeModel(
    inputs: 2,
    layers: [
      PlainLayer(weights: [1, 2, 3, 4, 5, 6], bias: [0, 0, 1], activation: activation),
      PlainLayer(weights: [1, 0, -1, 0, 1, 0], bias: [0, 0], activation: .identity),
    ])
}

private let x: [Float] = [1, 1, -1, 0]

@Suite struct SessionTests {
  @Test func intactRunByHand() throws {
    let session = try Session(model: handNetwork(), threads: 1)
    #expect(try session.run(x, rows: 2) == [-9, 7, 0, 0])
    #expect(try session.predict(x, rows: 2) == [1, 0])
    #expect(try session.activations(x, rows: 2, layer: 0) == [3, 7, 12, 0, 0, 0])
    #expect(try session.activations(x, rows: 2, layer: 0, point: .preActivation) == [3, 7, 12, -1, -3, -4])
  }

  @Test func zeroTakesTheActivationAway() throws {
    let session = try Session(model: handNetwork(), threads: 1)
    let mask = Mask(model: session.model)
    try mask.set(layer: 0, unit: 2, ablated: true)
    #expect(try session.run(x, rows: 2, mask: mask) == [3, 7, 0, 0])
    try mask.set(layer: 0, unit: 1, ablated: true)
    #expect(try session.run(x, rows: 2, mask: mask) == [3, 0, 0, 0])
  }

  @Test func deadIsTheActivationOfZero() throws {
    let session = try Session(model: handNetwork(Activation(.sigmoid)), threads: 1)
    let mask = Mask(model: session.model)
    try mask.setReplacement(.dead)
    try mask.set(layer: 0, unit: 0, ablated: true)
    #expect(try session.activations(x, rows: 2, mask: mask, layer: 0)[0] == 0.5)
    #expect(try session.activations(x, rows: 2, mask: mask, layer: 0, point: .preActivation)[0] == 0)
  }

  @Test func meanIsThatOfTheReferenceRows() throws {
    let model = try handNetwork()
    let session = try Session(model: model, threads: 1)
    let reference = try Reference(model: model, x: x, rows: 2, keepRows: false, threads: 1)
    #expect(Array(reference.means(layer: 0)) == [1.5, 3.5, 6])
    let mask = Mask(model: model)
    try mask.setReplacement(.mean(reference))
    try mask.set(layer: 0, unit: 2, ablated: true)
    #expect(try session.run(x, rows: 2, mask: mask) == [-3, 7, -6, 0])
  }

  @Test func aUnitCanHaveItsOwnReplacement() throws {
    let session = try Session(model: handNetwork(), threads: 1)
    let mask = Mask(model: session.model)
    try mask.fill(layer: 0, ablated: true)
    try mask.setReplacement(.constant(10), layer: 0, unit: 1)
    #expect(try session.activations(x, rows: 2, mask: mask, layer: 0) == [0, 10, 0, 0, 10, 0])
    try mask.setReplacement(nil, layer: 0, unit: 1)
    #expect(try session.activations(x, rows: 2, mask: mask, layer: 0) == [0, 0, 0, 0, 0, 0])
  }

  @Test func anAblatedSynapseCountsAsZero() throws {
    let session = try Session(model: handNetwork(), threads: 1)
    let mask = Mask(model: session.model)
    try mask.set(layer: 0, unit: 2, input: 0, ablated: true)
    // z_2 of x = (1, 1) becomes 1 + 6 = 7.
    #expect(try session.activations(x, rows: 2, mask: mask, layer: 0, point: .preActivation) == [3, 7, 7, -1, -3, 1])
    try mask.set(layer: 1, unit: 0, input: 2, ablated: true)
    #expect(try session.run(x, rows: 2, mask: mask) == [3, 7, 0, 0])
    #expect(mask.synapseCount == 2)
    mask.clear()
    #expect(mask.synapseCount == 0)
  }

  @Test func resamplingUsesEachReferenceRowOncePerCycle() throws {
    let model = try handNetwork()
    let session = try Session(model: model, threads: 1)
    var random = Randomness(seed: 1)
    let rows = 50
    let x = random.values(rows * 2)
    let reference = try Reference(model: model, x: x, rows: rows, keepRows: true, threads: 2)
    let mask = Mask(model: model)
    try mask.setReplacement(.resample(Resampling(reference: reference, seed: 7)))
    try mask.set(layer: 0, unit: 1, ablated: true)
    let intact = try session.activations(x, rows: rows, layer: 0)
    let ablated = try session.activations(x, rows: rows, mask: mask, layer: 0)
    let before = (0..<rows).map { intact[$0 * 3 + 1] }
    let after = (0..<rows).map { ablated[$0 * 3 + 1] }
    #expect(before != after)
    #expect(before.sorted() == after.sorted())
  }

  @Test func anEmptyMaskIsTheIntactRunAndRowsStandAlone() throws {
    var random = Randomness(seed: 2)
    for inputs in [3, 256, 300] {
      let model = try makeModel(
        inputs: inputs,
        layers: [
          PlainLayer(weights: random.values(37 * inputs), bias: random.values(37), activation: Activation(.gelu)),
          PlainLayer(weights: random.values(5 * 37), bias: random.values(5), activation: .identity),
        ])
      let rows = 1000
      let x = random.values(rows * inputs)
      let together = try Session(model: model, threads: 2).run(x, rows: rows)
      let one = try Session(model: model, threads: 1)
      #expect(try one.run(x, rows: rows, mask: Mask(model: model)) == together)
      for row in [0, 1, 499, 999] {
        let alone = try one.run(Array(x[row * inputs..<(row + 1) * inputs]), rows: 1)
        #expect(alone == Array(together[row * 5..<(row + 1) * 5]))
      }
    }
  }

  @Test func errorsNameWhatIsWrong() throws {
    let model = try handNetwork()
    let mask = Mask(model: model)
    #expect(throws: AblateError.self) { try mask.set(layer: 2, unit: 0, ablated: true) }
    #expect(throws: AblateError.self) { try mask.set(layer: 0, unit: 3, ablated: true) }
    #expect(throws: AblateError.self) { try mask.set(layer: 0, unit: -1, ablated: true) }
    #expect(throws: AblateError.self) { try mask.set(layer: 0, unit: 0, input: 2, ablated: true) }
    let other = try Session(model: handNetwork(), threads: 1)
    #expect(throws: AblateError.self) { try other.run(x, rows: 2, mask: mask) }
    #expect(throws: AblateError.self) { try Session(model: model, threads: 257) }
  }
}
