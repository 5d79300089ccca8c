import AblateModel
import AblateRuntime
import AblateSweep

/// What the threads of curves share.
struct CurvePlan {
  let model: Model
  let orders: UnitOrders
  /// Numbers of units removed, ascending.
  let points: [Int]
  let replacement: Replacement
  /// Those with units in the orders, ascending.
  let layers: [Int]
}

/// Accuracies while units are removed one after the other, in several orders.
public final class AblationCurves {
  private let plan: CurvePlan
  private let runner: RowRunner
  private let workers: [CurveWorker]
  private var rows = 0

  /// - Parameters:
  ///   - orders: each unit at most once in an order.
  ///   - points: the numbers of units removed at which to look, ascending, from 0 to the length; nil for all of them.
  ///   - threads: the caller's included, at most 256; 0 for one per processor.
  /// - Throws: `unsupported` for multilabel models and regressions; `invalidArgument`, `outOfMemory`.
  public init(
    model: Model, orders: UnitOrders, points: [Int]? = nil, replacement: Replacement = .zero, threads: Int = 0
  ) throws(AblateError) {
    guard model.classCount > 0 else {
      throw AblateError(.unsupported, "a curve of accuracies needs a model that puts each row into one class")
    }
    let length = orders.length
    try replacement.require(model: model)
    var isChanged = Array(repeating: false, count: model.layers.count)
    for number in 0..<orders.count {
      try model.requireDistinct(units: Array(orders[number]))
      for place in orders[number] { isChanged[place.layer] = true }
    }
    let points = try RemovalPoints.checked(points, most: length, "units of an order")
    plan = CurvePlan(
      model: model, orders: orders, points: points, replacement: replacement,
      layers: model.layers.indices.filter { isChanged[$0] })
    runner = try RowRunner(model: model, threads: threads)
    var workers: [CurveWorker] = []
    for executor in runner.executors { workers.append(try CurveWorker(plan: plan, capacity: executor.capacity)) }
    self.workers = workers
  }

  /// Runs x, [rows, input width], with labels [rows] in 0 ..< classCount; at least one row.
  ///
  /// - Parameter progress: called between blocks on this thread with the (row, order) pairs done and in all; returning false cancels.
  /// - Throws: `cancelled`, and then the curves are those of no rows.
  public func run(
    _ x: UnsafePointer<Float>, labels: UnsafePointer<Int32>, rows: Int,
    progress: Progress? = nil
  ) throws(AblateError) {
    guard rows > 0 else { throw AblateError(.invalidArgument, "rows is \(rows): at least one is needed") }
    let model = plan.model
    let labels = try model.checkedCopy(ofLabels: labels, rows: rows)
    forget()
    let counter = ProgressCounter(total: UInt64(rows) &* UInt64(plan.orders.count), progress)
    runner.forEachBlock(rows: rows) { [self] worker, block in
      if counter.isStopped { return }
      let intact = runner.executors[worker]
      intact.run(
        steps: 0..<model.steps.count, from: x + block.lowerBound * model.inputWidth, stride: model.inputWidth,
        rows: block.count)
      for order in 0..<plan.orders.count where !counter.isStopped {
        workers[worker].run(
          order: order, intact, labels: labels.pointer + block.lowerBound, rows: block.count,
          firstRow: block.lowerBound)
        counter.advance(by: UInt64(block.count), worker: worker)
      }
    }
    guard counter.finish() else {
      forget()
      throw AblateError(.cancelled, "cancelled by the progress callback")
    }
    self.rows = rows
  }

  private func forget() {
    for worker in workers { worker.correct.pointer.update(repeating: 0, count: worker.correct.count) }
    rows = 0
  }

  public var orderCount: Int { plan.orders.count }
  /// Numbers of units removed.
  public var points: [Int] { plan.points }

  /// The accuracy of an order at a point, by their places; NaN before a run.
  ///
  /// - Throws: `invalidArgument` for places that there are not.
  public func accuracy(order: Int, point: Int) throws(AblateError) -> Double {
    guard order >= 0, order < plan.orders.count, point >= 0, point < plan.points.count else {
      throw AblateError(
        .invalidArgument,
        "point \(point) of order \(order) is out of range: there are \(plan.points.count) of \(plan.orders.count) orders"
      )
    }
    var correct: Int64 = 0
    for worker in workers { correct += worker.correct.pointer[order * plan.points.count + point] }
    return Double(correct) / Double(rows)
  }
}
