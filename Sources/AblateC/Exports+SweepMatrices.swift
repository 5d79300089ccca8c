import AblateModel
import AblateRuntime
import AblateSweep
import CAblate

@_cdecl("ablate_sweep_confusion") public func sweepConfusion(
  _ sweep: OpaquePointer?, _ index: Int, _ outMatrix: UnsafeMutablePointer<Int64>?, _ count: Int
) -> ablate_status {
  status { () throws(AblateError) in
    try sweeps.use(sweep, "sweep") { sweep throws(AblateError) in
      let out = try required(outMatrix, "outMatrix")
      try requireCount(count, is: sweep.model.classCount * sweep.model.classCount, "count")
      try sweep.copyConfusion(of: index, to: out)
    }
  }
}

@_cdecl("ablate_sweep_confusion_intact") public func sweepConfusionIntact(
  _ sweep: OpaquePointer?, _ outMatrix: UnsafeMutablePointer<Int64>?, _ count: Int
) -> ablate_status {
  status { () throws(AblateError) in
    try sweeps.use(sweep, "sweep") { sweep throws(AblateError) in
      let out = try required(outMatrix, "outMatrix")
      try requireCount(count, is: sweep.model.classCount * sweep.model.classCount, "count")
      sweep.copyIntactConfusion(to: out)
    }
  }
}

@_cdecl("ablate_sweep_class_probabilities") public func sweepClassProbabilities(
  _ sweep: OpaquePointer?, _ index: Int, _ outMatrix: UnsafeMutablePointer<Double>?, _ count: Int
) -> ablate_status {
  status { () throws(AblateError) in
    try sweeps.use(sweep, "sweep") { sweep throws(AblateError) in
      let out = try required(outMatrix, "outMatrix")
      try requireCount(count, is: sweep.model.classCount * sweep.model.classCount, "count")
      try sweep.copyClassProbabilities(of: index == none ? nil : index, to: out)
    }
  }
}

@_cdecl("ablate_sweep_changed_rows") public func sweepChangedRows(
  _ sweep: OpaquePointer?, _ index: Int, _ outRows: UnsafeMutablePointer<Int64>?, _ capacity: Int,
  _ outCount: UnsafeMutablePointer<Int>?
) -> ablate_status {
  status { () throws(AblateError) in
    try sweeps.use(sweep, "sweep") { sweep throws(AblateError) in
      let out = try required(outRows, "outRows")
      let count = try required(outCount, "outCount")
      let rows = try sweep.changedRows(of: index)
      guard capacity >= sweep.changedRowLimit else {
        throw AblateError(
          .invalidArgument, "capacity is \(UInt(bitPattern: capacity)): up to \(sweep.changedRowLimit) rows are kept")
      }
      for (place, row) in rows.enumerated() { out[place] = row }
      count.pointee = rows.count
    }
  }
}
