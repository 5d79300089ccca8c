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
  /// Of each layer that has positions, the activations of its units: [capacity, stride].
  private let summaries: [Buffer<Float>?]

  init(plan: ProfilePlan, executor: Executor) throws(AblateError) {
    self.plan = plan
    self.executor = executor
    tallies = try plan.makeTallies()
    classRows = try Buffer(count: plan.classCount)
    order = try ClassOrder(capacity: executor.capacity, classCount: plan.classCount)
    columns = try UnitColumns(capacity: executor.capacity)
    var summaries: [Buffer<Float>?] = []
    for layer in plan.layers {
      let own = plan.model.layers[layer]
      summaries.append(
        own.positions == 1 ? nil : try Buffer(rows: executor.capacity, columns: RowStride.padded(own.units)))
    }
    self.summaries = summaries
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
      summarise(place, rows: rows)
      let values = values(at: place)
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

  private func summarise(_ place: Int, rows: Int) {
    guard let summary = summaries[place] else { return }
    let values = executor.values(ofLayer: plan.layers[place])
    let layer = plan.model.layers[plan.layers[place]]
    plan.positions.apply(
      values.pointer, stride: values.stride, of: layer, rows: rows, into: summary.pointer,
      stride: RowStride.padded(layer.units), kernels: plan.model.kernels)
  }

  /// The activations of the units of a layer of the plan in the rows just run: [rows, stride].
  func values(at place: Int) -> (pointer: UnsafeMutablePointer<Float>, stride: Int) {
    if let summary = summaries[place] {
      return (summary.pointer, RowStride.padded(plan.model.layers[plan.layers[place]].units))
    }
    return executor.values(ofLayer: plan.layers[place])
  }

  func reset() {
    for tally in tallies { tally.reset() }
    classRows.pointer.update(repeating: 0, count: classRows.count)
  }
}
