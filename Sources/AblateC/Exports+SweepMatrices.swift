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

@_cdecl("ablate_sweep_one_vs_rest") public func sweepOneVsRest(
  _ sweep: OpaquePointer?, _ index: Int, _ outMatrices: UnsafeMutablePointer<Int64>?, _ count: Int
) -> ablate_status {
  copy(sweep, outMatrices, "outMatrices", count, perClass: 4) { (sweep, out) throws(AblateError) in
    try sweep.copyOneVsRest(of: index, to: out)
  }
}

@_cdecl("ablate_sweep_one_vs_rest_intact") public func sweepOneVsRestIntact(
  _ sweep: OpaquePointer?, _ outMatrices: UnsafeMutablePointer<Int64>?, _ count: Int
) -> ablate_status {
  copy(sweep, outMatrices, "outMatrices", count, perClass: 4) { (sweep, out) throws(AblateError) in
    try sweep.copyIntactOneVsRest(to: out)
  }
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
  _ write: (_ sweep: Sweep, _ out: UnsafeMutablePointer<Element>) throws(AblateError) -> Void
) -> ablate_status {
  copy(sweep, outMatrix, "outMatrix", count, perClass: nil, write)
}

/// Of a sweep, [classes, perClass], by default [classes, classes].
private func copy<Element>(
  _ sweep: OpaquePointer?, _ out: UnsafeMutablePointer<Element>?, _ name: StaticString, _ count: Int,
  perClass: Int?,
  _ write: (_ sweep: Sweep, _ out: UnsafeMutablePointer<Element>) throws(AblateError) -> Void
) -> ablate_status {
  status { () throws(AblateError) in
    try sweeps.use(sweep, "sweep") { sweep throws(AblateError) in
      let out = try required(out, name)
      let classes = sweep.model.classCount
      try requireCount(count, is: classes * (perClass ?? classes), "count")
      try write(sweep, out)
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
      try requireRoom(capacity, for: sweep.changedRowLimit)
      for (place, row) in rows.enumerated() { out[place] = row }
      count.pointee = rows.count
    }
  }
}

@_cdecl("ablate_balanced_accuracies") public func balancedAccuracies(
  _ matrices: UnsafePointer<Int64>?, _ classes: Int, _ outAccuracies: UnsafeMutablePointer<Double>?
) -> ablate_status {
  status { () throws(AblateError) in
    let matrices = try required(matrices, "matrices")
    let out = try required(outAccuracies, "outAccuracies")
    guard classes >= 1, classes <= 1 << 27 else {
      throw AblateError(.invalidArgument, "classes is \(UInt(bitPattern: classes)): 1 to \(1 << 27) are possible")
    }
    for cell in 0..<4 * classes where matrices[cell] < 0 {
      throw AblateError(.invalidArgument, "matrices[\(cell / 4)] has a number of rows below 0")
    }
    BalancedAccuracy.write(ofOneVsRest: matrices, classes: classes, into: out)
  }
}
