import AblateModel
import AblateRuntime
import AblateSweep
import CAblate

@_cdecl("ablate_greedy") public func greedy(
  _ model: OpaquePointer?, _ layer: Int, _ options: UnsafePointer<ablate_greedy_options>?, _ x: UnsafePointer<Float>?,
  _ rows: Int, _ labels: UnsafePointer<Int32>?, _ outUnits: UnsafeMutablePointer<Int>?,
  _ outCurve: UnsafeMutablePointer<Double>?, _ count: Int, _ outSteps: UnsafeMutablePointer<Int>?
) -> ablate_status {
  status { () throws(AblateError) in
    let model = try models.object(model, "model").model
    let options = try GreedyOptions(options)
    guard let x = try rowsPointer(x, "x", rows: rows, width: model.inputWidth),
      let labels = try rowsPointer(labels, "labels", rows: rows, width: 1)
    else { throw AblateError(.invalidArgument, "rows is 0: at least one is needed") }
    let out = try GreedyOutput(outUnits, outCurve, count, outSteps, model: model, layer: layer)
    let greedy = try GreedyElimination(
      model: model, layer: layer, replacement: options.replacement, x: x, labels: labels, rows: rows,
      threads: options.threads)
    try out.fill(from: greedy, progress: options.progress)
  }
}

@_cdecl("ablate_greedy_targets") public func greedyTargets(
  _ model: OpaquePointer?, _ layer: Int, _ options: UnsafePointer<ablate_greedy_options>?, _ x: UnsafePointer<Float>?,
  _ rows: Int, _ targets: UnsafePointer<Float>?, _ outUnits: UnsafeMutablePointer<Int>?,
  _ outCurve: UnsafeMutablePointer<Double>?, _ count: Int, _ outSteps: UnsafeMutablePointer<Int>?
) -> ablate_status {
  status { () throws(AblateError) in
    let model = try models.object(model, "model").model
    let options = try GreedyOptions(options)
    guard let x = try rowsPointer(x, "x", rows: rows, width: model.inputWidth),
      let targets = try rowsPointer(targets, "targets", rows: rows, width: model.outputWidth)
    else { throw AblateError(.invalidArgument, "rows is 0: at least one is needed") }
    let out = try GreedyOutput(outUnits, outCurve, count, outSteps, model: model, layer: layer)
    let greedy = try GreedyElimination(
      model: model, layer: layer, replacement: options.replacement, x: x, targets: targets, rows: rows,
      threads: options.threads)
    try out.fill(from: greedy, progress: options.progress)
  }
}

private struct GreedyOptions {
  let replacement: Replacement
  let threads: Int
  let progress: ProgressCallback?

  init(_ options: UnsafePointer<ablate_greedy_options>?) throws(AblateError) {
    let chosen = options == nil ? ablate_greedy_options() : try read(options, "options")
    replacement =
      try chosen.replacement.map { (described) throws(AblateError) in
        try AblateC.replacement(try read(described, "options.replacement"))
      } ?? .zero
    threads = chosen.threads
    progress = chosen.progress.map { ProgressCallback(function: $0, user: chosen.user) }
  }
}

/// Where the caller wants the steps.
private struct GreedyOutput {
  private let units: UnsafeMutablePointer<Int>
  private let curve: UnsafeMutablePointer<Double>
  private let count: Int
  private let steps: UnsafeMutablePointer<Int>?

  init(
    _ units: UnsafeMutablePointer<Int>?, _ curve: UnsafeMutablePointer<Double>?, _ count: Int,
    _ steps: UnsafeMutablePointer<Int>?, model: Model, layer: Int
  ) throws(AblateError) {
    self.units = try required(units, "outUnits")
    self.curve = try required(curve, "outCurve")
    try model.require(layer: layer)
    let most = model.layers[layer].units
    guard count >= 0, count <= most else {
      throw AblateError(
        .invalidArgument, "count is \(UInt(bitPattern: count)): layer \(layer) has \(most) units")
    }
    self.count = count
    self.steps = steps
  }

  func fill(from greedy: GreedyElimination, progress: ProgressCallback?) throws(AblateError) {
    var done = 0
    while done < count, let (unit, value) = try greedy.removeNext() {
      units[done] = unit
      curve[done] = value
      done += 1
      steps?.pointee = done
      if let progress, !progress.shouldGoOn(UInt64(done), UInt64(count)), done < count {
        throw AblateError(.cancelled, "cancelled by the progress callback after \(done) of \(count) steps")
      }
    }
    steps?.pointee = done
  }
}
