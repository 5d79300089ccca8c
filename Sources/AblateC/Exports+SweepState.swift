import AblateModel
import AblateRuntime
import AblateSweep
import CAblate

@_cdecl("ablate_sweep_strongest") public func sweepStrongest(
  _ sweep: OpaquePointer?, _ outIndices: UnsafeMutablePointer<Int>?, _ count: Int
) -> ablate_status {
  status { () throws(AblateError) in
    try sweeps.object(sweep, "sweep").sweep.use { sweep throws(AblateError) in
      let out = try required(outIndices, "outIndices")
      for (place, index) in try sweep.strongest(count).enumerated() { out[place] = index }
    }
  }
}

@_cdecl("ablate_sweep_read_cost") public func sweepReadCost(
  _ sweep: OpaquePointer?, _ outCost: UnsafeMutablePointer<ablate_sweep_cost>?
) -> ablate_status {
  status { () throws(AblateError) in
    try sweeps.object(sweep, "sweep").sweep.use { sweep throws(AblateError) in
      try fill(outCost, "outCost") {
        let cost = sweep.cost
        return ablate_sweep_cost(size: 0, pairs: cost.pairs, examined: cost.examined, rerun: cost.rerun)
      }
    }
  }
}

@_cdecl("ablate_sweep_merge") public func sweepMerge(_ sweep: OpaquePointer?, _ other: OpaquePointer?) -> ablate_status
{
  status { () throws(AblateError) in
    let target = try sweeps.object(sweep, "sweep")
    let source = try sweeps.object(other, "other")
    if target === source { throw AblateError(.invalidArgument, "other is the sweep itself") }
    try target.sweep.use { target throws(AblateError) in
      try source.sweep.use { source throws(AblateError) in try target.merge(source) }
    }
  }
}

@_cdecl("ablate_sweep_save") public func sweepSave(
  _ sweep: OpaquePointer?, _ path: UnsafePointer<CChar>?
) -> ablate_status {
  status { () throws(AblateError) in
    let path = try text(path, "path")
    try sweeps.object(sweep, "sweep").sweep.use { sweep throws(AblateError) in try sweep.save(path: path) }
  }
}

@_cdecl("ablate_sweep_load") public func sweepLoad(
  _ sweep: OpaquePointer?, _ path: UnsafePointer<CChar>?
) -> ablate_status {
  status { () throws(AblateError) in
    let path = try text(path, "path")
    try sweeps.object(sweep, "sweep").sweep.use { sweep throws(AblateError) in try sweep.load(path: path) }
  }
}
