import AblateModel
import AblateRuntime
import AblateTestSupport
import Testing

@testable import AblateSweep

/// Each step of a greedy elimination is the best of all masked runs that remove one more unit.
@Suite struct GreedyEliminationTests {
  private struct Case {
    let model: Model
    let x: [Float]
    let labels: [Int32]
    let targets: [Float]
    let rows = 40

    init(seed: Int, head: Head) throws {
      var random = Randomness(seed: UInt64(seed) &+ 50)
      let widths = [5, 9, 6, head == .binary ? 1 : 4]
      var layers: [PlainLayer] = []
      for index in 1..<widths.count {
        let kind = Activation.Kind.allCases[(seed + index) % Activation.Kind.allCases.count]
        layers.append(
          PlainLayer(
            weights: random.values(widths[index] * widths[index - 1]).map { ($0 * 4).rounded() / 2 },
            bias: random.values(widths[index]), activation: index == 3 ? .identity : Activation(kind)))
      }
      model = try makeModel(inputs: 5, layers: layers, head: head)
      x = random.values(rows * 5, -2...2)
      labels = (0..<40).map { _ in Int32.random(in: 0..<(head == .binary ? 2 : 4), using: &random) }
      targets = random.values(rows * model.outputWidth)
    }

    /// The accuracy, or the squared error, of a masked run.
    func value(_ layer: Int, _ units: [Int], _ replacement: Replacement) throws -> Double {
      let mask = Mask(model: model)
      try mask.setReplacement(replacement)
      for unit in units { try mask.set(layer: layer, unit: unit, ablated: true) }
      let session = try Session(model: model, threads: 1)
      if model.head != .regression {
        let predictions = try session.predict(x, rows: rows, mask: mask)
        return Double(zip(predictions, labels).filter { $0 == $1 }.count) / Double(rows)
      }
      let scores = try session.run(x, rows: rows, mask: mask)
      return zip(scores, targets).reduce(0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) }
        / Double(scores.count)
    }
  }

  @Test(arguments: 0..<24) func everyStepIsTheBest(seed: Int) throws {
    let head: Head = [.softmax, .regression, .binary][seed % 3]
    let test = try Case(seed: seed, head: head)
    let reference = try Reference(model: test.model, x: test.x, rows: test.rows, keepRows: false, threads: 1)
    let replacement: Replacement = [.zero, .dead, .mean(reference), .constant(0.5)][seed % 4]
    for layer in 0..<2 {
      let greedy =
        head == .regression
        ? try GreedyElimination(
          model: test.model, layer: layer, replacement: replacement, x: test.x, targets: test.targets,
          rows: test.rows, threads: 1)
        : try GreedyElimination(
          model: test.model, layer: layer, replacement: replacement, x: test.x, labels: test.labels,
          rows: test.rows, threads: 2)
      var removed: [Int] = []
      let units = test.model.layers[layer].units
      for _ in 0..<units {
        let step = try #require(try greedy.removeNext())
        #expect(!removed.contains(step.unit))
        for other in 0..<units where !removed.contains(other) {
          let value = try test.value(layer, removed + [other], replacement)
          if head == .regression {
            #expect(step.value <= value * (1 + 1e-5))
          } else {
            #expect(other < step.unit ? value < step.value : value <= step.value)
          }
        }
        removed.append(step.unit)
        #expect(abs(try test.value(layer, removed, replacement) - step.value) <= 1e-5 * abs(step.value))
      }
      #expect(try greedy.removeNext() == nil)
    }
  }

  @Test func badArguments() throws {
    let test = try Case(seed: 0, head: .softmax)
    let reference = try Reference(model: test.model, x: test.x, rows: test.rows, keepRows: true, threads: 1)
    let resample = Replacement.resample(try Resampling(reference: reference, seed: 1))
    func make(_ layer: Int, _ replacement: Replacement = .zero, rows: Int = 40) throws {
      _ = try GreedyElimination(
        model: test.model, layer: layer, replacement: replacement, x: test.x, labels: test.labels, rows: rows)
    }
    #expect(throws: AblateError.self) { try make(2) }
    #expect(throws: AblateError.self) { try make(3) }
    #expect(throws: AblateError.self) { try make(-1) }
    #expect(throws: AblateError.self) { try make(0, resample) }
    #expect(throws: AblateError.self) { try make(0, rows: 0) }
    #expect(throws: AblateError.self) {
      try GreedyElimination(model: test.model, layer: 0, x: test.x, targets: test.targets, rows: 40)
    }
  }
}
