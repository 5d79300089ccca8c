import AblateModel
import AblateRuntime
import AblateSweep

/// Removes units one after the other from the rows of a block, and counts which are right after each point of the curve.
final class CurveWorker {
  private let plan: CurvePlan
  private let removal: CumulativeRun
  private let labels: Buffer<Int32>
  private let isRight: Buffer<Bool>
  /// [orders, points]: rows that are right.
  let correct: Buffer<Int64>

  init(plan: CurvePlan, capacity: Int) throws(AblateError) {
    self.plan = plan
    removal = try CumulativeRun(
      model: plan.model, points: plan.layers.map { plan.model.point(behindLayer: $0) }, capacity: capacity)
    labels = try Buffer(count: capacity)
    isRight = try Buffer(count: capacity)
    correct = try Buffer(rows: plan.orders.count, columns: plan.points.count)
  }

  /// Goes along one of the orders.
  ///
  /// - Parameter intact: holds the values of all steps of the block.
  func run(
    order number: Int, _ intact: Executor, labels: UnsafePointer<Int32>, rows count: Int, firstRow: Int
  ) {
    let order = plan.orders[number]
    removal.start(intact, rows: count, firstRow: firstRow)
    judge((intact.scores.pointer, intact.scores.stride, count), labels) { $0 }
    var done = 0
    for (point, target) in plan.points.enumerated() {
      while done < target {
        let place = order[done]
        removal.replace(
          place.unit, at: plan.model.point(behindLayer: place.layer),
          with: plan.replacement.value(model: plan.model, layer: place.layer, unit: place.unit))
        done += 1
      }
      judge(removal.run(), labels) { Int(removal.changed.pointer[$0]) }
      var right: Int64 = 0
      for row in 0..<count where isRight.pointer[row] { right += 1 }
      correct.pointer[number * plan.points.count + point] += right
    }
  }

  /// Notes which of some rows are right.
  ///
  /// - Parameter row: which row of the block one is.
  private func judge(
    _ scores: (pointer: UnsafeMutablePointer<Float>, stride: Int, count: Int), _ labels: UnsafePointer<Int32>,
    row: (_ index: Int) -> Int
  ) {
    plan.model.predict(
      scores: scores.pointer, stride: scores.stride, rows: scores.count, into: self.labels.pointer)
    for index in 0..<scores.count {
      isRight.pointer[row(index)] = self.labels.pointer[index] == labels[row(index)]
    }
  }
}
