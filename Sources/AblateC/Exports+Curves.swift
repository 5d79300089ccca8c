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
    let options = options == nil ? ablate_curve_options() : try read(options, "options")
    let orders = try orderList(orders, orderCount, unitCount, model: model)
    let points = try pointList(options.points, options.point_count, "options.point_count")
    let out = try required(outAccuracies, "outAccuracies")
    let x = try rowsPointer(x, "x", rows: rows, width: model.inputWidth)
    let labels = try rowsPointer(labels, "labels", rows: rows, width: 1)
    let curves = try AblationCurves(
      model: model, orders: orders, points: points,
      replacement: try options.replacement.map { (described) throws(AblateError) in
        try replacement(try read(described, "options.replacement"))
      } ?? .zero,
      threads: options.threads)
    try requireCount(count, is: curves.orderCount * curves.points.count, "count")
    let progress = options.progress.map { ProgressCallback(function: $0, user: options.user) }
    guard let x, let labels else { throw AblateError(.invalidArgument, "rows is 0: at least one is needed") }
    try curves.run(x, labels: labels, rows: rows, progress: progress.map { $0.shouldGoOn })
    for order in 0..<curves.orderCount {
      for point in curves.points.indices {
        out[order * curves.points.count + point] = curves.accuracy(order: order, point: point)
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

private func orderList(
  _ orders: UnsafePointer<ablate_unit>?, _ orderCount: Int, _ unitCount: Int, model: Model
) throws(AblateError) -> [[UnitPlace]] {
  let most = 1 << 20
  guard orderCount >= 1, orderCount <= most else {
    throw AblateError(.invalidArgument, "orderCount is \(UInt(bitPattern: orderCount)): 1 to \(most) are possible")
  }
  var list: [[UnitPlace]] = []
  for order in 0..<orderCount {
    let start = orders.map { $0 + order * unitCount }
    list.append(try unitList(start, "orders", unitCount, "unitCount", model: model))
  }
  return list
}

private func pointList(
  _ points: UnsafePointer<Int>?, _ count: Int, _ argument: StaticString
) throws(AblateError) -> [Int]? {
  guard let points else {
    try requireCount(count, is: 0, argument)
    return nil
  }
  // Points ascend and are units of a model, which are fewer.
  guard count >= 1, count <= 1 << 32 else {
    throw AblateError(.invalidArgument, "\(argument.text) is \(UInt(bitPattern: count)): at least one is needed")
  }
  return Array(UnsafeBufferPointer(start: points, count: count))
}
