import AblateModel
import AblateRuntime

/// One thread of a profile: its room, and what it summed up.
final class ProfileWorker {
  let tallies: [LayerTally]
  /// [classes]
  let classRows: Buffer<Int64>
  private let plan: ProfilePlan
  private let executor: Executor
  private let order: ClassOrder
  private let columns: UnitColumns
  private let gradients: Gradients?

  init(plan: ProfilePlan, executor: Executor) throws(AblateError) {
    self.plan = plan
    self.executor = executor
    tallies = try plan.makeTallies()
    classRows = try Buffer(count: plan.classCount)
    order = try ClassOrder(capacity: executor.capacity, classCount: plan.classCount)
    columns = try UnitColumns(capacity: executor.capacity)
    if let gradientPlan = plan.gradients {
      try gradientPlan.prepare(executor)
      gradients = try Gradients(plan: gradientPlan, capacity: executor.capacity)
    } else {
      gradients = nil
    }
  }

  /// Runs rows and sums up.
  func run(_ x: UnsafePointer<Float>, labels: UnsafePointer<Int32>?, rows: Int, firstRow: Int) {
    executor.run(steps: plan.steps, from: x, stride: plan.model.inputWidth, rows: rows)
    order.set(rows: rows, labels: plan.classCount == 1 ? nil : labels)
    for run in 0..<order.runCount {
      classRows.pointer[Int(order.classes.pointer[run])] &+= Int64(
        order.starts.pointer[run + 1] - order.starts.pointer[run])
    }
    for (place, layer) in plan.layers.enumerated() {
      let values = executor.values(ofLayer: layer)
      let tally = tallies[place]
      let reading = LayerTally.Reading(
        order: order, firstRow: Int64(firstRow), threshold: plan.model.layers[layer].activation.threshold,
        edges: plan.edges.isEmpty ? nil : plan.edges[place], range: plan.ranges.isEmpty ? (0, 0) : plan.ranges[place])
      columns.forEach(values.pointer, values.stride, units: tally.units, order: order) { unit, column in
        tally.add(column, unit: unit, reading)
      }
    }
    if let gradients, let labels {
      gradients.forEach(executor, labels: labels, rows: rows) { place, products, stride in
        let tally = tallies[place]
        columns.forEach(products, stride, units: tally.units, order: order) { unit, column in
          tally.addTaylor(column, unit: unit)
        }
      }
    }
  }

  /// The activations of the rows just run.
  func values(ofLayer layer: Int) -> (pointer: UnsafeMutablePointer<Float>, stride: Int) {
    executor.values(ofLayer: layer)
  }

  func reset() {
    for tally in tallies { tally.reset() }
    classRows.pointer.update(repeating: 0, count: classRows.count)
  }
}
