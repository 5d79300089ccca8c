import AblateModel
import AblateRuntime
import AblateStudy
import AblateSweep
import CAblate

@_cdecl("ablate_curves_run") public func curvesRun(
  _ model: OpaquePointer?, _ options: UnsafePointer<ablate_curve_options>?, _ orders: UnsafePointer<ablate_unit>?,
  _ orderCount: Int, _ unitCount: Int, _ x: UnsafePointer<Float>?, _ rows: Int, _ labels: UnsafePointer<Int32>?,
  _ outAccuracies: UnsafeMutablePointer<Double>?, _ count: Int
) -> ablate_status {
  status { () throws(AblateError) in
    let model = try models.object(model, "model").model
    let options = try readOptions(options)
    try requireCounts(orders: orderCount, units: unitCount, model: model)
    // Points ascend from 0 to the units of an order, so there is at most one more of them.
    let points = try numberList(options.points, options.point_count, "options.point_count", 1...unitCount + 1)
    // At most 2^20 times 2^31. What the caller has room for is known before its orders are read.
    try requireCount(count, is: orderCount * (points?.count ?? unitCount + 1), "count")
    let orders = try orderList(try required(orders, "orders"), count: orderCount, length: unitCount)
    let out = try required(outAccuracies, "outAccuracies")
    let x = try someRows(x, "x", rows: rows, width: model.inputWidth)
    let labels = try someRows(labels, "labels", rows: rows, width: 1)
    let curves = try AblationCurves(
      model: model, orders: orders, points: points,
      replacement: try replacementOption(options.replacement),
      threads: options.threads)
    try curves.run(x, labels: labels, rows: rows, progress: progress(options.progress, user: options.user))
    for order in 0..<curves.orderCount {
      for point in curves.points.indices {
        out[order * curves.points.count + point] = try curves.accuracy(order: order, point: point)
      }
    }
  }
}

@_cdecl("ablate_curves_summarize") public func curvesSummarize(
  _ curves: UnsafePointer<Double>?, _ orderCount: Int, _ points: UnsafePointer<Int>?, _ pointCount: Int,
  _ outMeans: UnsafeMutablePointer<Double>?, _ outDeviations: UnsafeMutablePointer<Double>?,
  _ outAreas: UnsafeMutablePointer<Double>?
) -> ablate_status {
  status { () throws(AblateError) in
    let values = try rowsPointer(curves, "curves", rows: orderCount, width: pointCount)
    guard let values, pointCount >= 1 else {
      throw AblateError(.invalidArgument, "there must be at least one order and one point")
    }
    if let points {
      for index in 0..<pointCount where points[index] < 0 || (index > 0 && points[index] <= points[index - 1]) {
        throw AblateError(
          .invalidArgument,
          "point \(index) is \(UInt(bitPattern: points[index])): points must be numbers of units and ascend")
      }
    }
    let summary = CurveSummary(values, orders: orderCount, points: pointCount)
    for point in 0..<pointCount {
      outMeans?[point] = summary.mean(point)
      outDeviations?[point] = summary.deviation(point)
    }
    if let outAreas {
      for order in 0..<orderCount { outAreas[order] = summary.area(order: order) { points?[$0] ?? $0 } }
    }
  }
}

private func requireCounts(orders: Int, units: Int, model: Model) throws(AblateError) {
  let mostOrders = 1 << 20
  guard orders >= 1, orders <= mostOrders else {
    throw AblateError(.invalidArgument, "orderCount is \(UInt(bitPattern: orders)): 1 to \(mostOrders) are possible")
  }
  let mostUnits = model.unitCount
  guard units >= 1, units <= mostUnits else {
    throw AblateError(
      .invalidArgument, "unitCount is \(UInt(bitPattern: units)): the model has \(mostUnits) units")
  }
}

private func orderList(
  _ orders: UnsafePointer<ablate_unit>, count: Int, length: Int
) throws(AblateError) -> UnitOrders {
  try UnitOrders(count: count, length: length) { order, place in
    UnitPlace(orders[order * length + place])
  }
}
