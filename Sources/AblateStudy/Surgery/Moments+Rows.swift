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
    let runner = try RowRunner(model: model, threads: threads)
    let chunk = min(rows, runner.preferredRows)
    var all: [Moments] = []
    var grams: [GramMatrix] = []
    for layer in layers {
      try requireHidden(layer, of: model)
      all.append(try Moments(model: model, layer: layer))
      grams.append(try GramMatrix(model: model, layer: layer, capacity: chunk))
    }
    var first = 0
    while first < rows {
      let count = min(chunk, rows - first)
      let source = x + first * model.inputWidth
      runner.forEachBlock(rows: count) { worker, block in
        let executor = runner.executors[worker]
        executor.run(
          steps: 0..<model.stepOfLayer[last + 1], from: source + block.lowerBound * model.inputWidth,
          stride: model.inputWidth, rows: block.count)
        for (gram, each) in zip(grams, all) {
          let inputs = executor.values(ofStep: model.stepOfLayer[each.layer + 1] - 1)
          gram.set(block, inputs.pointer, inputs.stride)
        }
      }
      for (gram, each) in zip(grams, all) {
        gram.add(rows: count, runner, totals: each.means.pointer)
      }
      first += count
      if let progress, !progress(UInt64(first), UInt64(rows)) {
        throw AblateError(.cancelled, "cancelled by the progress callback after \(first) of \(rows) rows")
      }
    }
    for (gram, each) in zip(grams, all) {
      gram.copyMeans(rows: Int64(rows), to: each.products.pointer)
      for unit in 0..<each.units { each.means.pointer[unit] /= Double(rows) }
      try each.requireFinite()
    }
    return all
  }
}
