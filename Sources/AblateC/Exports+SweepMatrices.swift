import AblateModel
import AblateRuntime
import AblateStudy
import AblateSweep
import CAblate

@_cdecl("ablate_sweep_confusion") public func sweepConfusion(
  _ sweep: OpaquePointer?, _ index: Int, _ outMatrix: UnsafeMutablePointer<Int64>?, _ count: Int
) -> ablate_status {
  copyMatrix(sweep, outMatrix, count) { (sweep, out) throws(AblateError) in
    try sweep.copyConfusion(of: index, to: out)
  }
}

@_cdecl("ablate_sweep_confusion_intact") public func sweepConfusionIntact(
  _ sweep: OpaquePointer?, _ outMatrix: UnsafeMutablePointer<Int64>?, _ count: Int
) -> ablate_status {
  copyMatrix(sweep, outMatrix, count) { (sweep, out) throws(AblateError) in sweep.copyIntactConfusion(to: out) }
}

@_cdecl("ablate_sweep_class_probabilities") public func sweepClassProbabilities(
  _ sweep: OpaquePointer?, _ index: Int, _ outMatrix: UnsafeMutablePointer<Double>?, _ count: Int
) -> ablate_status {
  copyMatrix(sweep, outMatrix, count) { (sweep, out) throws(AblateError) in
    try sweep.copyClassProbabilities(of: index, to: out)
  }
}

@_cdecl("ablate_sweep_class_probabilities_intact") public func sweepClassProbabilitiesIntact(
  _ sweep: OpaquePointer?, _ outMatrix: UnsafeMutablePointer<Double>?, _ count: Int
) -> ablate_status {
  copyMatrix(sweep, outMatrix, count) { (sweep, out) throws(AblateError) in
    try sweep.copyIntactClassProbabilities(to: out)
  }
}

/// Of a sweep, [classes, classes].
private func copyMatrix<Element>(
  _ sweep: OpaquePointer?, _ outMatrix: UnsafeMutablePointer<Element>?, _ count: Int,
  _ copy: (_ sweep: Sweep, _ out: UnsafeMutablePointer<Element>) throws(AblateError) -> Void
) -> ablate_status {
  status { () throws(AblateError) in
    try sweeps.use(sweep, "sweep") { sweep throws(AblateError) in
      let out = try required(outMatrix, "outMatrix")
      try requireCount(count, is: sweep.model.classCount * sweep.model.classCount, "count")
      try copy(sweep, out)
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

@_cdecl("ablate_balanced_accuracies") public func balancedAccuracies(
  _ matrix: UnsafePointer<Int64>?, _ classes: Int, _ outAccuracies: UnsafeMutablePointer<Double>?
) -> ablate_status {
  status { () throws(AblateError) in
    let matrix = try required(matrix, "matrix")
    let out = try required(outAccuracies, "outAccuracies")
    guard classes >= 1, classes <= 1 << 27 else {
      throw AblateError(.invalidArgument, "classes is \(UInt(bitPattern: classes)): 1 to \(1 << 27) are possible")
    }
    BalancedAccuracy.write(ofConfusion: matrix, classes: classes, into: out)
  }
}
