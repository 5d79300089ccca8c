import AblateModel
import AblateRuntime
import AblateTestSupport
import Testing

@testable import AblateSweep

/// A network of 1 to 5 layers with rows made to be full of ties: coarse weights and inputs, many zeros.
private struct Case {
  let model: Model
  let x: [Float]
  let labels: [Int32]
  let rows: Int
  let replacement: Replacement

  init(seed: Int, largest: Int = 12, isExtreme: Bool = false) throws {
    var random = Randomness(seed: UInt64(seed) &+ 1000)
    let isCoarse = seed % 2 == 0
    let inputs = Int.random(in: 1...largest, using: &random)
    let isBinary = seed % 7 == 3
    var widths = (0..<Int.random(in: 0...4, using: &random)).map { _ in Int.random(in: 1...largest, using: &random) }
    widths.append(isBinary ? 1 : seed % 11 == 5 ? 100 : Int.random(in: 2...20, using: &random))
    var layers: [PlainLayer] = []
    var width = inputs
    for (index, units) in widths.enumerated() {
      let kind = Activation.Kind.allCases[(seed + index) % Activation.Kind.allCases.count]
      let spread = isCoarse ? 4 : 1 / Float(width).squareRoot()
      let scale: Float = isExtreme ? [1e-30, 1e-25, 1e-12, 1, 1e12, 1e25].randomElement(using: &random) ?? 1 : 1
      let weights = random.values(units * width).map { (isCoarse ? ($0 * 4).rounded() / 4 : $0 * spread * 2) * scale }
      layers.append(
        PlainLayer(
          weights: weights, bias: random.values(units).map { isExtreme ? 0 : isCoarse ? $0.rounded() : $0 },
          activation: index == widths.count - 1 && seed % 5 != 4 ? .identity : Activation(kind)))
      width = units
    }
    model = try makeModel(inputs: inputs, layers: layers, head: isBinary ? .binary : .softmax)
    rows = Int.random(in: 1...60, using: &random)
    let size: Float = isExtreme ? [1e-38, 1e-25, 1, 1e25, 1e34].randomElement(using: &random) ?? 1 : 1
    x = random.values(rows * inputs, -2...2).map { (isCoarse ? $0.rounded() : $0 < -1 ? 0 : $0) * size }
    labels = (0..<rows).map { _ in 0 }.map { (_: Int32) in
      Int32.random(in: 0..<Int32(isBinary ? 2 : width), using: &random)
    }
    let reference = try Reference(model: model, x: x, rows: rows, keepRows: true, threads: 1)
    replacement =
      [
        .zero, .dead, .constant(0.75), .mean(reference), .resample(try Resampling(reference: reference, seed: 5)),
        .constant(-2),
      ][seed % 6]
  }

  /// [lost, gained, changed] and, with losses, nothing else: what the predictions of a masked run come to.
  func counts(_ predictions: [Int32], _ intact: [Int32]) -> [Int64] {
    var counts: [Int64] = [0, 0, 0]
    for row in 0..<rows where predictions[row] != intact[row] {
      if intact[row] == labels[row] { counts[0] += 1 }
      if predictions[row] == labels[row] { counts[1] += 1 }
      counts[2] += 1
    }
    return counts
  }

  func check(
    _ subject: SweepSubject, replacement: Replacement? = nil, metrics: Metrics = [],
    masked: (SweepItem, Int) throws -> [Int32]
  ) throws {
    let sweep = try Sweep(
      model: model, of: subject, replacement: replacement ?? self.replacement, metrics: metrics, threads: 1)
    try sweep.feed(x, labels: labels, rows: rows)
    let intact = try Session(model: model, threads: 1).predict(x, rows: rows)
    for index in 0..<sweep.itemCount {
      let result = try sweep.result(index)
      #expect(
        [result.lost, result.gained, result.changed] == counts(try masked(result.item, index), intact),
        "\(result.item)")
    }
  }

  func predictions(_ replacement: Replacement? = nil, _ change: (Mask) throws -> Void) throws -> [Int32] {
    let mask = Mask(model: model)
    try mask.setReplacement(replacement ?? self.replacement)
    try change(mask)
    return try Session(model: model, threads: 1).predict(x, rows: rows, mask: mask)
  }
}

/// Every kind of sweep equals masked runs, one by one.
@Suite struct SweepSubjectTests {
  @Test(arguments: 0..<300) func units(seed: Int) throws {
    let test = try Case(seed: seed, largest: 40)
    let all = Array(test.model.layers.indices)
    try test.check(.units(layers: all)) { item, _ in
      try test.predictions { try $0.set(layer: item.layer ?? -1, unit: item.unit ?? -1, ablated: true) }
    }
  }

  @Test(arguments: 0..<120) func synapses(seed: Int) throws {
    let test = try Case(seed: seed)
    for metrics: Metrics in [[], .logLoss] {
      try test.check(.synapses(layers: nil), metrics: metrics) { item, _ in
        try test.predictions {
          try $0.set(layer: item.layer ?? -1, unit: item.unit ?? -1, input: item.input ?? -1, ablated: true)
        }
      }
    }
  }

  @Test(arguments: 0..<60) func synapsesOfUnits(seed: Int) throws {
    let test = try Case(seed: seed)
    var random = Randomness(seed: UInt64(seed) &+ 5)
    var places: [UnitPlace] = []
    for layer in test.model.layers.indices {
      for unit in 0..<test.model.layers[layer].units { places.append(UnitPlace(layer: layer, unit: unit)) }
    }
    places.shuffle(using: &random)
    let hidden = places.filter { $0.layer < test.model.outputLayer }
    let incoming = Array(places.prefix(9))
    let outgoing = Array(hidden.prefix(9))
    func synapse(_ item: SweepItem) throws -> [Int32] {
      try test.predictions {
        try $0.set(layer: item.layer ?? -1, unit: item.unit ?? -1, input: item.input ?? -1, ablated: true)
      }
    }
    for metrics: Metrics in [[], .margin] {
      var expected = incoming.flatMap { place in
        (0..<test.model.layers[place.layer].inputs).map {
          SweepItem(layer: place.layer, unit: place.unit, input: $0)
        }
      }
      try test.check(.incomingSynapses(of: incoming), metrics: metrics) { item, index in
        #expect(item == expected[index])
        return try synapse(item)
      }
      if outgoing.isEmpty { continue }
      expected = outgoing.flatMap { place in
        (0..<test.model.layers[place.layer + 1].units).map {
          SweepItem(layer: place.layer + 1, unit: $0, input: place.unit)
        }
      }
      try test.check(.outgoingSynapses(of: outgoing), metrics: metrics) { item, index in
        #expect(item == expected[index])
        return try synapse(item)
      }
    }
    let last = UnitPlace(layer: test.model.outputLayer, unit: 0)
    for subject: SweepSubject in [
      .outgoingSynapses(of: [last]), .outgoingSynapses(of: []), .incomingSynapses(of: []),
      .incomingSynapses(of: [last, last]),
    ] {
      #expect(throws: AblateError.self) { try Sweep(model: test.model, of: subject) }
    }
  }

  @Test(arguments: 0..<120) func inputs(seed: Int) throws {
    let test = try Case(seed: seed)
    let value: Float = seed % 3 == 0 ? 0 : 1.5
    for metrics: Metrics in [[], .labelProbability] {
      try test.check(.inputs, replacement: .constant(value), metrics: metrics) { item, _ in
        var x = test.x
        for row in 0..<test.rows { x[row * test.model.inputWidth + (item.input ?? -1)] = value }
        return try Session(model: test.model, threads: 1).predict(x, rows: test.rows)
      }
    }
  }

  @Test(arguments: 0..<120) func pairs(seed: Int) throws {
    let test = try Case(seed: seed)
    for layer in test.model.layers.indices {
      for metrics: Metrics in [[], .confusion, .logLoss] {
        try test.check(.pairs(layer: layer), metrics: metrics) { item, _ in
          try test.predictions {
            try $0.set(layer: layer, unit: item.unit ?? -1, ablated: true)
            if let second = item.secondUnit { try $0.set(layer: layer, unit: second, ablated: true) }
          }
        }
      }
    }
  }

  @Test(arguments: 0..<150) func pairsAcrossLayers(seed: Int) throws {
    let test = try Case(seed: seed, largest: 8)
    for first in test.model.layers.indices {
      for second in test.model.layers.indices where second > first {
        for metrics: Metrics in [[], .logLoss] {
          try test.check(.pairsAcross(layer: first, laterLayer: second), metrics: metrics) { item, _ in
            try test.predictions {
              try $0.set(layer: item.layer ?? -1, unit: item.unit ?? -1, ablated: true)
              if let unit = item.secondUnit, let layer = item.secondLayer {
                try $0.set(layer: layer, unit: unit, ablated: true)
              }
            }
          }
        }
        #expect(throws: AblateError.self) {
          try Sweep(model: test.model, of: .pairsAcross(layer: second, laterLayer: first))
        }
      }
    }
  }

  @Test(arguments: 0..<20) func interactionsAreDifferencesOfEffects(seed: Int) throws {
    let test = try Case(seed: seed * 2 + 1, largest: 6)
    var subjects: [SweepSubject] = [.pairs(layer: 0)]
    if test.model.layers.count > 1 { subjects.append(.pairsAcross(layer: 0, laterLayer: 1)) }
    for subject in subjects {
      let sweep = try Sweep(model: test.model, of: subject, metrics: [])
      try sweep.feed(test.x, labels: test.labels, rows: test.rows)
      var singles: [SweepResult] = []
      for index in 0..<sweep.itemCount {
        let result = try sweep.result(index)
        if result.item.secondUnit == nil {
          #expect(result.interaction == nil)
          singles.append(result)
          continue
        }
        let parts = singles.filter {
          ($0.item.layer, $0.item.unit) == (result.item.layer, result.item.unit)
            || ($0.item.layer, $0.item.unit) == (result.item.secondLayer, result.item.secondUnit)
        }
        #expect(parts.count == 2)
        let expected = result.effect - parts.reduce(0) { $0 + $1.effect }
        #expect(abs((result.interaction ?? .nan) - expected) < 1e-12)
      }
    }
  }

  @Test func everyPairHasItsItem() throws {
    let test = try Case(seed: 1, largest: 12)
    let kind = try PairKind(model: test.model, layer: 0, replacement: .zero)
    let units = test.model.layers[0].units
    var expected = (0..<units).map { SweepItem(layer: 0, unit: $0) }
    for first in 0..<units {
      for second in first + 1..<max(units, first + 1) {
        #expect(kind.unitPairs?.index(of: second, first) == expected.count)
        expected.append(SweepItem(layer: 0, unit: first, secondUnit: second, secondLayer: 0))
      }
    }
    #expect((0..<kind.itemCount).map { kind.item($0) } == expected)
  }

  @Test(arguments: 0..<60) func cumulativeOrders(seed: Int) throws {
    let test = try Case(seed: seed)
    var order: [UnitPlace] = []
    for layer in test.model.layers.indices {
      for unit in 0..<test.model.layers[layer].units { order.append(UnitPlace(layer: layer, unit: unit)) }
    }
    order.shuffle()
    order = Array(order.prefix(25))
    try test.check(.cumulative(order)) { _, index in
      try test.predictions {
        for place in order[...index] { try $0.set(layer: place.layer, unit: place.unit, ablated: true) }
      }
    }
    let layer = order[0].layer
    let own = (0..<test.model.layers[layer].units).map { UnitPlace(layer: layer, unit: $0) }.shuffled()
    for metrics: Metrics in [[], .margin] {
      try test.check(.cumulative(own), metrics: metrics) { _, index in
        try test.predictions {
          for place in own[...index] { try $0.set(layer: layer, unit: place.unit, ablated: true) }
        }
      }
    }
    #expect(throws: AblateError.self) { try Sweep(model: test.model, of: .cumulative([])) }
    #expect(throws: AblateError.self) { try Sweep(model: test.model, of: .cumulative([order[0], order[0]])) }
  }

  @Test(arguments: 0..<150) func masks(seed: Int) throws {
    let test = try Case(seed: seed)
    var random = Randomness(seed: UInt64(seed))
    var masks: [Mask] = []
    for _ in 0..<5 {
      let mask = Mask(model: test.model)
      try mask.setReplacement(test.replacement)
      for _ in 0..<3 {
        let layer = Int.random(in: test.model.layers.indices, using: &random)
        let unit = Int.random(in: 0..<test.model.layers[layer].units, using: &random)
        if Bool.random(using: &random) {
          try mask.set(layer: layer, unit: unit, ablated: true)
        } else {
          let input = Int.random(in: 0..<test.model.layers[layer].inputs, using: &random)
          try mask.set(layer: layer, unit: unit, input: input, ablated: true)
        }
      }
      masks.append(mask)
    }
    for count in 1...4 {
      let mask = Mask(model: test.model)
      try mask.setReplacement(test.replacement)
      for _ in 0..<count {
        let layer = Int.random(in: 0..<max(1, test.model.outputLayer), using: &random)
        let unit = Int.random(in: 0..<test.model.layers[layer].units, using: &random)
        try mask.set(layer: layer, unit: unit, ablated: true)
        try mask.setReplacement(.constant(Float(count)), layer: layer, unit: unit)
      }
      masks.append(mask)
    }
    for metrics: Metrics in [[], .logLoss] {
      try test.check(.masks(masks), metrics: metrics) { _, index in
        try Session(model: test.model, threads: 1).predict(test.x, rows: test.rows, mask: masks[index])
      }
    }
    #expect(throws: AblateError.self) { try Sweep(model: test.model, of: .masks([Mask(model: test.model)])) }
    let other = try Case(seed: seed).model
    #expect(throws: AblateError.self) { try Sweep(model: other, of: .masks(masks)) }
  }

  /// Where products overflow, or are too small for a number.
  @Test(arguments: 0..<300) func extremeSizes(seed: Int) throws {
    let test = try Case(seed: seed, isExtreme: true)
    let zero = Replacement.zero
    for layer in test.model.layers.indices {
      try test.check(.units(layers: [layer]), replacement: zero) { item, _ in
        try test.predictions(zero) { try $0.set(layer: layer, unit: item.unit ?? -1, ablated: true) }
      }
      try test.check(.synapses(layers: [layer])) { item, _ in
        try test.predictions {
          try $0.set(layer: layer, unit: item.unit ?? -1, input: item.input ?? -1, ablated: true)
        }
      }
      let order = (0..<test.model.layers[layer].units).map { UnitPlace(layer: layer, unit: $0) }
      try test.check(.cumulative(order), replacement: zero) { _, index in
        try test.predictions(zero) {
          for place in order[...index] { try $0.set(layer: layer, unit: place.unit, ablated: true) }
        }
      }
    }
  }

  /// Where what a unit does to the scores per unit of its value is below the smallest number, and its value is large.
  @Test(arguments: 0..<60) func sensitivitiesTooSmallForANumber(seed: Int) throws {
    var random = Randomness(seed: UInt64(seed) &+ 77)
    let (scale, size): (Float, Float) = [(1e-25, 1e34), (1e-21, 1e30), (1e-22, 1e20), (1e-19, 1e34)][seed % 4]
    let widths = [5, 8, 7, 3]
    let layers = (1..<4).map { index in
      PlainLayer(
        weights: random.values(widths[index] * widths[index - 1]).map { index == 1 ? $0 : $0 * scale },
        bias: [Float](repeating: 0, count: widths[index]), activation: Activation(index == 3 ? .identity : .relu))
    }
    let model = try makeModel(inputs: 5, layers: layers, head: .softmax)
    let rows = 50
    let x = random.values(rows * 5).map { $0 * size }
    let labels = [Int32](repeating: 0, count: rows)
    let sweep = try Sweep(model: model, of: .units(layers: [0, 1]), metrics: [], threads: 1)
    try sweep.feed(x, labels: labels, rows: rows)
    let session = try Session(model: model, threads: 1)
    let intact = try session.predict(x, rows: rows)
    for index in 0..<sweep.itemCount {
      let result = try sweep.result(index)
      let mask = Mask(model: model)
      try mask.set(layer: result.item.layer ?? -1, unit: result.item.unit ?? -1, ablated: true)
      let predictions = try session.predict(x, rows: rows, mask: mask)
      #expect(result.changed == zip(predictions, intact).filter { $0 != $1 }.count)
    }
  }

  /// The largest effect of the weight, as a number, is 0.
  @Test func aWeightNextToZeroCounts() throws {
    let model = try makeModel(
      inputs: 1,
      layers: [
        PlainLayer(
          weights: [Float.leastNormalMagnitude], bias: [0],
          activation: Activation(.hardSigmoid, alpha: 1e-10, beta: 0)),
        PlainLayer(weights: [1e20, -1e20], bias: [0, 1e-5], activation: .identity),
      ], head: .softmax)
    let sweep = try Sweep(model: model, of: .synapses(layers: [0]), metrics: [], threads: 1)
    try sweep.feed([1e35], labels: [0], rows: 1)
    let mask = Mask(model: model)
    try mask.set(layer: 0, unit: 0, input: 0, ablated: true)
    let session = try Session(model: model, threads: 1)
    #expect(try session.predict([1e35], rows: 1) == [0])
    #expect(try session.predict([1e35], rows: 1, mask: mask) == [1])
    #expect(try sweep.result(0).changed == 1)
  }

  @Test(arguments: 0..<40) func valuesThatAreNotFinite(seed: Int) throws {
    let whole = try Case(seed: seed)
    var random = Randomness(seed: UInt64(seed))
    let odd: [Float] = [.nan, .infinity, -.infinity, 3e38, -3e38, 0x1p-140]
    var x = whole.x
    for _ in 0..<max(1, x.count / 4) {
      x[Int.random(in: x.indices, using: &random)] = odd.randomElement(using: &random) ?? 0
    }
    let sweep = try Sweep(
      model: whole.model, of: .units(layers: Array(whole.model.layers.indices)), replacement: whole.replacement,
      metrics: [], threads: 1)
    try sweep.feed(x, labels: whole.labels, rows: whole.rows)
    let session = try Session(model: whole.model, threads: 1)
    let intact = try session.predict(x, rows: whole.rows)
    for index in 0..<sweep.itemCount {
      let result = try sweep.result(index)
      let mask = Mask(model: whole.model)
      try mask.setReplacement(whole.replacement)
      try mask.set(layer: result.item.layer ?? -1, unit: result.item.unit ?? -1, ablated: true)
      let predictions = try session.predict(x, rows: whole.rows, mask: mask)
      #expect([result.lost, result.gained, result.changed] == whole.counts(predictions, intact))
    }
  }
}
