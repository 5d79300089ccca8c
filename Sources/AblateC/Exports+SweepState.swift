import AblateModel
import AblateRuntime
import AblateSweep
import CAblate

@_cdecl("ablate_sweep_strongest") public func sweepStrongest(
  _ sweep: OpaquePointer?, _ outIndices: UnsafeMutablePointer<Int>?, _ count: Int
) -> ablate_status {
  status { () throws(AblateError) in
    try sweeps.use(sweep, "sweep") { sweep throws(AblateError) in
      let out = try required(outIndices, "outIndices")
      for (place, index) in try sweep.strongest(count).enumerated() { out[place] = index }
    }
  }
}

@_cdecl("ablate_sweep_read_cost") public func sweepReadCost(
  _ sweep: OpaquePointer?, _ outCost: UnsafeMutablePointer<ablate_sweep_cost>?
) -> ablate_status {
  status { () throws(AblateError) in
    try sweeps.use(sweep, "sweep") { sweep throws(AblateError) in
      try fill(outCost, "outCost") {
        let cost = sweep.cost
        return ablate_sweep_cost(size: 0, pairs: cost.pairs, examined: cost.examined, rerun: cost.rerun)
      }
    }
  }
}

@_cdecl("ablate_sweep_merge") public func sweepMerge(_ sweep: OpaquePointer?, _ other: OpaquePointer?) -> ablate_status
{
  merge(sweep, "sweep", other, in: sweeps) { (target, other) throws(AblateError) in try target.merge(other) }
}

@_cdecl("ablate_sweep_save") public func sweepSave(
  _ sweep: OpaquePointer?, _ path: UnsafePointer<CChar>?
) -> ablate_status {
  status { () throws(AblateError) in
    let path = try text(path, "path")
    try sweeps.use(sweep, "sweep") { sweep throws(AblateError) in try sweep.save(path: path) }
  }
}

@_cdecl("ablate_sweep_load") public func sweepLoad(
  _ sweep: OpaquePointer?, _ path: UnsafePointer<CChar>?
) -> ablate_status {
  status { () throws(AblateError) in
    let path = try text(path, "path")
    try sweeps.use(sweep, "sweep") { sweep throws(AblateError) in try sweep.load(path: path) }
  }
}
