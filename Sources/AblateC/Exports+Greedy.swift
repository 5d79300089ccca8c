import AblateModel
import AblateRuntime
import AblateSweep
import CAblate

@_cdecl("ablate_greedy_run") public func greedy(
  _ model: OpaquePointer?, _ layer: Int, _ options: UnsafePointer<ablate_greedy_options>?, _ x: UnsafePointer<Float>?,
  _ rows: Int, _ labels: UnsafePointer<Int32>?, _ outUnits: UnsafeMutablePointer<Int>?,
  _ outCurve: UnsafeMutablePointer<Double>?, _ count: Int, _ outSteps: UnsafeMutablePointer<Int>?
) -> ablate_status {
  status { () throws(AblateError) in
    let model = try models.object(model, "model").model
    let out = try GreedyOutput(outUnits, outCurve, count, outSteps, model: model, layer: layer)
    let labels = try someRows(labels, "labels", rows: rows, width: 1)
    try out.fill(options) { (options) throws(AblateError) in
      try GreedyElimination(
        model: model, layer: layer, replacement: options.replacement,
        x: try someRows(x, "x", rows: rows, width: model.inputWidth), labels: labels, rows: rows,
        threads: options.threads)
    }
  }
}

@_cdecl("ablate_greedy_run_targets") public func greedyTargets(
  _ model: OpaquePointer?, _ layer: Int, _ options: UnsafePointer<ablate_greedy_options>?, _ x: UnsafePointer<Float>?,
  _ rows: Int, _ targets: UnsafePointer<Float>?, _ outUnits: UnsafeMutablePointer<Int>?,
  _ outCurve: UnsafeMutablePointer<Double>?, _ count: Int, _ outSteps: UnsafeMutablePointer<Int>?
) -> ablate_status {
  status { () throws(AblateError) in
    let model = try models.object(model, "model").model
    let out = try GreedyOutput(outUnits, outCurve, count, outSteps, model: model, layer: layer)
    let targets = try someRows(targets, "targets", rows: rows, width: model.outputWidth)
    try out.fill(options) { (options) throws(AblateError) in
      try GreedyElimination(
        model: model, layer: layer, replacement: options.replacement,
        x: try someRows(x, "x", rows: rows, width: model.inputWidth), targets: targets, rows: rows,
        threads: options.threads)
    }
  }
}

private struct GreedyOptions {
  let replacement: Replacement
  let threads: Int
  let progress: Progress?

  init(_ options: UnsafePointer<ablate_greedy_options>?) throws(AblateError) {
    let chosen = try readOptions(options)
    replacement = try replacementOption(chosen.replacement)
    threads = chosen.threads
    progress = AblateC.progress(chosen.progress, user: chosen.user)
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
    steps?.pointee = 0
  }

  func fill(
    _ options: UnsafePointer<ablate_greedy_options>?,
    _ make: (GreedyOptions) throws(AblateError) -> GreedyElimination
  ) throws(AblateError) {
    let options = try GreedyOptions(options)
    let greedy = try make(options)
    var done = 0
    let part: Progress? = options.progress.map { progress in { _, _ in progress(UInt64(done), UInt64(count)) } }
    while done < count, let (unit, value) = try greedy.removeNext(progress: part) {
      units[done] = unit
      curve[done] = value
      done += 1
      steps?.pointee = done
      if let progress = options.progress, !progress(UInt64(done), UInt64(count)) {
        throw AblateError(.cancelled, "cancelled by the progress callback after \(done) of \(count) steps")
      }
    }
  }
}
