import AblateModel
import AblateRuntime
import AblateSweep
import CAblate

@_cdecl("ablate_sweep_create") public func sweepCreate(
  _ model: OpaquePointer?, _ options: UnsafePointer<ablate_sweep_options>?,
  _ outSweep: UnsafeMutablePointer<OpaquePointer?>?
) -> ablate_status {
  status { () throws(AblateError) in
    let model = try models.object(model, "model").model
    let out = try required(outSweep, "outSweep")
    let chosen = try readOptions(options)
    let sweep = try Sweep(
      model: model, of: try subject(chosen, model: model), replacement: try replacementOption(chosen.replacement),
      metrics: options == nil ? .confusion : Metrics(rawValue: chosen.metrics),
      changedRowLimit: chosen.changed_row_limit == 0 ? nil : chosen.changed_row_limit,
      firstRow: Int(truncatingIfNeeded: chosen.first_row), threads: chosen.threads)
    out.pointee = try sweeps.insert(
      WorkHandle(
        sweep, noun: "sweep", count: sweep.itemCount, progress: progress(chosen.progress, user: chosen.user)))
  }
}

@_cdecl("ablate_sweep_free") public func sweepFree(_ sweep: OpaquePointer?) { sweeps.remove(sweep) }

@_cdecl("ablate_sweep_feed") public func sweepFeed(
  _ sweep: OpaquePointer?, _ x: UnsafePointer<Float>?, _ rows: Int, _ labels: UnsafePointer<Int32>?
) -> ablate_status {
  status { () throws(AblateError) in
    let handle = try sweeps.object(sweep, "sweep")
    try handle.use { sweep throws(AblateError) in
      let x = try rowsPointer(x, "x", rows: rows, width: sweep.model.inputWidth)
      let labels = try rowsPointer(labels, "labels", rows: rows, width: 1)
      try sweep.requireNotCancelled()
      if let x, let labels {
        try sweep.feed(x, labels: labels, rows: rows, progress: handle.progress)
      }
    }
  }
}

@_cdecl("ablate_sweep_feed_targets") public func sweepFeedTargets(
  _ sweep: OpaquePointer?, _ x: UnsafePointer<Float>?, _ rows: Int, _ targets: UnsafePointer<Float>?
) -> ablate_status {
  status { () throws(AblateError) in
    let handle = try sweeps.object(sweep, "sweep")
    try handle.use { sweep throws(AblateError) in
      let x = try rowsPointer(x, "x", rows: rows, width: sweep.model.inputWidth)
      let targets = try rowsPointer(targets, "targets", rows: rows, width: sweep.model.outputWidth)
      try sweep.requireNotCancelled()
      if let x, let targets {
        try sweep.feed(x, targets: targets, rows: rows, progress: handle.progress)
      }
    }
  }
}

@_cdecl("ablate_sweep_count") public func sweepCount(_ sweep: OpaquePointer?) -> Int {
  var count = 0
  _ = status { () throws(AblateError) in count = try sweeps.object(sweep, "sweep").count }
  return count
}

@_cdecl("ablate_sweep_read") public func sweepRead(
  _ sweep: OpaquePointer?, _ index: Int, _ outResult: UnsafeMutablePointer<ablate_sweep_result>?
) -> ablate_status {
  status { () throws(AblateError) in
    try sweeps.use(sweep, "sweep") { sweep throws(AblateError) in
      try fill(outResult, "outResult") { () throws(AblateError) in ablate_sweep_result(try sweep.result(index)) }
    }
  }
}

@_cdecl("ablate_sweep_read_intact") public func sweepReadIntact(
  _ sweep: OpaquePointer?, _ outResult: UnsafeMutablePointer<ablate_sweep_result>?
) -> ablate_status {
  status { () throws(AblateError) in
    try sweeps.use(sweep, "sweep") { sweep throws(AblateError) in
      try fill(outResult, "outResult") { ablate_sweep_result(sweep.intact) }
    }
  }
}

extension ablate_sweep_result {
  init(_ result: SweepResult) {
    self.init(
      size: 0, layer: result.item.layer ?? none, unit: result.item.unit ?? none, rows: result.rows,
      correct: result.correct, lost: result.lost, gained: result.gained, changed: result.changed,
      effect: result.effect, log_loss: result.logLoss ?? .nan, label_probability: result.labelProbability ?? .nan,
      input: result.item.input ?? none, second_unit: result.item.secondUnit ?? none,
      interaction: result.interaction ?? .nan, second_layer: result.item.secondLayer ?? none,
      kl_divergence: result.divergence ?? .nan, margin: result.margin ?? .nan,
      squared_error: result.squaredError ?? .nan, absolute_change: result.absoluteChange ?? .nan)
  }
}
