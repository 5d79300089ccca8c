import AblateModel
import AblateRuntime

extension Moments {
  /// Moments of several hidden layers over rows of x, [rows, input width], at least one.
  ///
  /// Sums are of float64, in row order for each pair of units, so neither threads nor blocks of rows change a bit.
  /// - Parameter progress: called on this thread with the rows done and the rows in all; returning false cancels.
  public static func ofLayers(
    _ layers: [Int], model: Model, x: UnsafePointer<Float>, rows: Int, threads: Int = 0,
    progress: Progress? = nil
  ) throws(AblateError) -> [Moments] {
    guard rows >= 1 else { throw AblateError(.invalidArgument, "moments need at least one row") }
    guard let last = layers.max() else { return [] }
    var all: [Moments] = []
    for layer in layers {
      try requireHidden(layer, of: model)
      all.append(try Moments(model: model, layer: layer))
    }
    let runner = try RowRunner(model: model, threads: threads)
    let pool = try ThreadPool(requestedThreads: threads)
    let chunk = min(rows, runner.preferredRows)
    var values: [Buffer<Float>] = []
    for each in all { values.append(try Buffer(rows: chunk, columns: each.units)) }
    var first = 0
    while first < rows {
      let count = min(chunk, rows - first)
      let source = x + first * model.inputWidth
      runner.forEachBlock(rows: count) { worker, block in
        let executor = runner.executors[worker]
        executor.run(
          steps: 0..<model.stepOfLayer[last + 1], from: source + block.lowerBound * model.inputWidth,
          stride: model.inputWidth, rows: block.count)
        for (place, each) in all.enumerated() {
          let inputs = executor.values(ofStep: model.stepOfLayer[each.layer + 1] - 1)
          for (offset, row) in block.enumerated() {
            (values[place].pointer + row * each.units).copy(
              from: inputs.pointer + offset * inputs.stride, count: each.units)
          }
        }
      }
      for (place, each) in all.enumerated() {
        let rows = values[place].pointer
        pool.run(each.units) { unit, _ in each.add(rows, count: count, unit: unit) }
      }
      first += count
      if let progress, !progress(UInt64(first), UInt64(rows)) {
        throw AblateError(.cancelled, "cancelled by the progress callback after \(first) of \(rows) rows")
      }
    }
    for each in all {
      each.divide(by: Double(rows))
      try each.requireFinite()
    }
    return all
  }

  /// Adds rows to the sums of a unit.
  private func add(_ values: UnsafePointer<Float>, count: Int, unit: Int) {
    let sums = products.pointer + unit * units
    for row in 0..<count {
      let activations = values + row * units
      let own = Double(activations[unit])
      means.pointer[unit] += own
      if own == 0 { continue }
      for other in 0...unit { sums[other] += own * Double(activations[other]) }
    }
  }

  private func divide(by rows: Double) {
    for index in 0..<products.count { products.pointer[index] /= rows }
    for unit in 0..<units { means.pointer[unit] /= rows }
  }
}
