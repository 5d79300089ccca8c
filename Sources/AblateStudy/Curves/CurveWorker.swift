import AblateModel
import AblateRuntime
import AblateSweep

/// Removes units one after the other from the rows of a block, and counts which are right after each point of the curve.
///
/// What a row holds at each layer is kept. Removing a unit concerns only the rows that hold another value than its replacement, and of
/// these only the layers behind: they are run from there on. So the values are those of a masked run, to the bit.
final class CurveWorker {
  private let plan: CurvePlan
  private let model: Model
  /// Runs the rows of a block that changed.
  private let executor: Executor
  /// Of each step from the first that an order changes: [rows, stride].
  private let held: [Buffer<Float>?]
  private let changed: Buffer<Bool>
  private let rows: Buffer<Int>
  private let labels: Buffer<Int32>
  private let isRight: Buffer<Bool>
  /// Of each layer, the units removed so far.
  private var removed: [[(unit: Int, replacement: UnitReplacement)]]
  /// [orders, points]: rows that are right.
  let correct: Buffer<Int64>

  init(plan: CurvePlan, capacity: Int) throws(AblateError) {
    self.plan = plan
    model = plan.model
    executor = try Executor(model: plan.model, capacity: capacity)
    var held: [Buffer<Float>?] = []
    for step in plan.model.steps.indices {
      let isNeeded = step >= plan.model.stepOfLayer[plan.firstLayer]
      held.append(isNeeded ? try Buffer(rows: capacity, columns: executor.values(ofStep: step).stride) : nil)
    }
    self.held = held
    changed = try Buffer(count: capacity)
    rows = try Buffer(count: capacity)
    labels = try Buffer(count: capacity)
    isRight = try Buffer(count: capacity)
    removed = Array(repeating: [], count: plan.model.layers.count)
    correct = try Buffer(rows: plan.orders.count, columns: plan.points.count)
  }

  /// - Parameter intact: holds the values of all steps of the block.
  func run(_ intact: Executor, labels: UnsafePointer<Int32>, rows count: Int, firstRow: Int) {
    for number in 0..<plan.orders.count {
      let order = plan.orders[number]
      startOver(intact, labels: labels, count)
      var done = 0
      for (point, target) in plan.points.enumerated() {
        var first = model.layers.count
        while done < target {
          remove(order[done].layer, order[done].unit, count, firstRow: firstRow)
          first = min(first, order[done].layer)
          done += 1
        }
        if first < model.layers.count { rerun(fromLayer: first, labels: labels, count, firstRow: firstRow) }
        var right: Int64 = 0
        for row in 0..<count where isRight.pointer[row] { right += 1 }
        correct.pointer[number * plan.points.count + point] += right
      }
    }
  }

  private func startOver(_ intact: Executor, labels: UnsafePointer<Int32>, _ count: Int) {
    for layer in removed.indices { removed[layer].removeAll(keepingCapacity: true) }
    for step in held.indices {
      guard let held = held[step] else { continue }
      let values = intact.values(ofStep: step)
      held.pointer.copy(from: values.pointer, count: count * values.stride)
    }
    for row in 0..<count {
      changed.pointer[row] = false
      rows.pointer[row] = row
    }
    let scores = intact.scores
    judge(scores.pointer, stride: scores.stride, labels, count)
  }

  /// Puts the replacement into all rows of a layer, and notes which changed.
  private func remove(_ layer: Int, _ unit: Int, _ count: Int, firstRow: Int) {
    let step = model.stepOfLayer[layer]
    guard let values = held[step]?.pointer else { return }
    let stride = executor.values(ofStep: step).stride
    let replacement = plan.replacement.value(model: model, layer: layer, unit: unit)
    removed[layer].append((unit, replacement))
    for row in 0..<count {
      let place = values + row * stride + unit
      let value = replacement.value(layer: layer, unit: unit, row: firstRow + row)
      if place.pointee.bitPattern != value.bitPattern {
        place.pointee = value
        changed.pointer[row] = true
      }
    }
  }

  /// Runs the rows that changed behind a layer, and keeps what they hold.
  private func rerun(fromLayer layer: Int, labels: UnsafePointer<Int32>, _ count: Int, firstRow: Int) {
    var changedCount = 0
    for row in 0..<count where changed.pointer[row] {
      changed.pointer[row] = false
      rows.pointer[changedCount] = row
      changedCount += 1
    }
    if changedCount == 0 { return }
    let start = model.stepOfLayer[layer]
    var source = executor.values(ofStep: start)
    move(changedCount, step: start, stride: source.stride) { $0.copy(from: $1, count: source.stride) }
    for step in start + 1..<max(start + 1, model.steps.count) {
      executor.run(steps: step..<step + 1, from: source.pointer, stride: source.stride, rows: changedCount)
      source = executor.values(ofStep: step)
      if case .dense(let index) = model.steps[step] {
        for (unit, replacement) in removed[index] {
          for place in 0..<changedCount {
            source.pointer[place * source.stride + unit] =
              replacement.value(layer: index, unit: unit, row: firstRow + rows.pointer[place])
          }
        }
      }
      move(changedCount, step: step, stride: source.stride) { $1.copy(from: $0, count: source.stride) }
    }
    judge(source.pointer, stride: source.stride, labels, changedCount)
  }

  /// Calls `body` with each changed row of the executor and of what is held.
  private func move(
    _ count: Int, step: Int, stride: Int, _ body: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) -> Void
  ) {
    guard let held = held[step]?.pointer else { return }
    let values = executor.values(ofStep: step).pointer
    for place in 0..<count { body(values + place * stride, held + rows.pointer[place] * stride) }
  }

  /// Notes which of the changed rows are right.
  private func judge(_ scores: UnsafePointer<Float>, stride: Int, _ labels: UnsafePointer<Int32>, _ count: Int) {
    model.predict(scores: scores, stride: stride, rows: count, into: self.labels.pointer)
    for place in 0..<count {
      let row = rows.pointer[place]
      isRight.pointer[row] = self.labels.pointer[place] == labels[row]
    }
  }
}
