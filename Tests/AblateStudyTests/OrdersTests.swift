import AblateModel
import AblateRuntime
import AblateStudy
import AblateSweep
import AblateTestSupport
import Testing

@Suite struct OrdersTests {
  private let model: Model
  private let x: [Float]
  private let labels: [Int32]
  private let rows = 500

  init() throws {
    var random = Randomness(seed: 11)
    var layers: [PlainLayer] = []
    for (inputs, units) in [(6, 9), (9, 7), (7, 4)] {
      layers.append(
        PlainLayer(
          weights: random.values(units * inputs), bias: random.values(units),
          activation: units == 4 ? .identity : Activation(.relu)))
    }
    model = try makeModel(inputs: 6, layers: layers)
    x = random.values(rows * 6)
    labels = try Session(model: model).predict(x, rows: rows).enumerated().map { $0 % 3 == 0 ? Int32($0 % 4) : $1 }
  }

  private func curve(_ order: [UnitPlace], points: [Int]? = nil, threads: Int = 1) throws -> [Double] {
    let curves = try AblationCurves(model: model, orders: UnitOrders([order]), points: points, threads: threads)
    try curves.run(x, labels: labels, rows: rows)
    return try curves.points.indices.map { try curves.accuracy(order: 0, point: $0) }
  }

  /// Each point from a mask of the units so far.
  private func maskedRuns(_ order: [UnitPlace]) throws -> [Double] {
    let session = try Session(model: model)
    let mask = Mask(model: model)
    var accuracies: [Double] = []
    for count in 0...order.count {
      if count > 0 { try mask.set(layer: order[count - 1].layer, unit: order[count - 1].unit, ablated: true) }
      let predictions = try session.predict(x, rows: rows, mask: mask)
      accuracies.append(Double(zip(predictions, labels).count { $0 == $1 }) / Double(rows))
    }
    return accuracies
  }

  @Test(arguments: [[0], [1], [2], [0, 1], [2, 0, 1]])
  func curvesAreMaskedRuns(_ layers: [Int]) throws {
    let order = try UnitOrder(model: model, shuffling: try model.units(ofLayers: layers), seed: 5).units
    let expected = try maskedRuns(order)
    #expect(try curve(order) == expected)
    #expect(try curve(order, threads: 3) == expected)
    #expect(try curve(order, points: [0, 2, 3]) == [expected[0], expected[2], expected[3]])
    #expect(try curve(order, points: [order.count]) == [expected[order.count]])
  }

  @Test func aSecondRunStartsOver() throws {
    let order = try model.units(ofLayers: nil)
    let curves = try AblationCurves(model: model, orders: UnitOrders([order, Array(order.reversed())]))
    #expect(try curves.accuracy(order: 0, point: 0).isNaN)
    for _ in 0..<2 {
      try curves.run(x, labels: labels, rows: rows)
      #expect(try curves.accuracy(order: 1, point: 0) == (try maskedRuns([]))[0])
    }
    #expect(throws: AblateError.self) { try curves.run(x, labels: labels, rows: 0) }
  }

  @Test(arguments: [1, 3]) func aCancelledRunLeavesNoCurves(_ threads: Int) throws {
    let order = try model.units(ofLayers: nil)
    let curves = try AblationCurves(model: model, orders: UnitOrders([order]), threads: threads)
    try curves.run(x, labels: labels, rows: rows)
    #expect(throws: AblateError.self) {
      try curves.run(x, labels: labels, rows: rows) { done, total in done < total }
    }
    for point in curves.points.indices { #expect(try curves.accuracy(order: 0, point: point).isNaN) }
    for (order, point) in [(-1, 0), (1, 0), (0, -1), (0, curves.points.count)] {
      #expect(throws: AblateError.self) { try curves.accuracy(order: order, point: point) }
    }
  }

  @Test func ordersByScores() throws {
    let units = [UnitPlace(layer: 1, unit: 2), UnitPlace(layer: 0, unit: 5), UnitPlace(layer: 0, unit: 1)]
    func order(_ scores: [Double], highFirst: Bool = false) throws -> [Int] {
      let order = try UnitOrder(model: model, units: units, scores: scores, highFirst: highFirst)
      #expect(order.isAcrossLayers)
      return order.units.compactMap { units.firstIndex(of: $0) }
    }
    #expect(try order([1, 2, 3]) == [0, 1, 2])
    #expect(try order([1, 2, 3], highFirst: true) == [2, 1, 0])
    #expect(try order([1, 1, 1]) == [2, 1, 0])
    #expect(try order([.nan, 1, .infinity]) == [1, 2, 0])
    #expect(try order([.nan, .nan, 1], highFirst: true) == [2, 1, 0])
    #expect(!(try UnitOrder(model: model, units: [units[1]], scores: [1], highFirst: true)).isAcrossLayers)
  }

  @Test func ordersAreNestedPermutations() throws {
    let units = try model.units(ofLayers: nil)
    let order = try UnitOrder(model: model, shuffling: units, seed: 1).units
    #expect(order != units && order.count == units.count && units.allSatisfy { order.contains($0) })
    #expect(try UnitOrder(model: model, shuffling: units.reversed(), seed: 1).units == order)
    #expect(try UnitOrder(model: model, shuffling: units, seed: 2).units != order)
  }

  @Test func badListsAreRefused() throws {
    let unit = UnitPlace(layer: 0, unit: 0)
    for units in [[], [unit, unit], [UnitPlace(layer: 3, unit: 0)], [UnitPlace(layer: 0, unit: 9)]] {
      #expect(throws: AblateError.self) { try UnitOrder(model: model, shuffling: units, seed: 0) }
      #expect(throws: AblateError.self) { try AblationCurves(model: model, orders: UnitOrders([units])) }
    }
    #expect(throws: AblateError.self) { try UnitOrders([]) }
    #expect(throws: AblateError.self) { try UnitOrders([[unit], []]) }
    for points in [[], [2], [0, 0], [1, 0], [-1]] {
      #expect(throws: AblateError.self) {
        try AblationCurves(model: model, orders: UnitOrders([[unit]]), points: points)
      }
    }
  }

  /// By hand: ranks 1, 2.5, 2.5, 4 and 1, 3, 2, 4; of six pairs five differ in x, all of them agree.
  @Test func rankCorrelations() throws {
    let x = [1.0, 2, 2, 9]
    let y = [0.0, 2, 1, 3]
    #expect(abs(try RankCorrelation.spearman.of(x, y, count: 4) - 4.5 / (4.5 * 5.0).squareRoot()) < 1e-15)
    #expect(abs(try RankCorrelation.kendall.of(x, y, count: 4) - 5 / (5.0 * 6.0).squareRoot()) < 1e-15)
    #expect(try RankCorrelation.kendall.of([1, 1], [1, 2], count: 2).isNaN)
    #expect(try RankCorrelation.spearman.of([1, 1], [1, 2], count: 2).isNaN)
    #expect(try RankCorrelation.spearman.of([.nan, 1], [1, 2], count: 2).isNaN)
  }

  @Test func summaries() {
    let curves = [1, 0.5, 0, 0.5, 0.5, 0.5]
    let summary = CurveSummary(curves, orders: 2, points: 3)
    #expect(summary.mean(0) == 0.75 && summary.deviation(1) == 0)
    #expect(abs(summary.deviation(0) - 0.125.squareRoot()) < 1e-15)
    #expect(summary.area(order: 0) { [0, 1, 5][$0] } == (0.75 + 0.25 * 4) / 5)
    #expect(CurveSummary(curves, orders: 1, points: 1).deviation(0).isNaN)
  }
}
