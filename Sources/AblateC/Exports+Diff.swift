import AblateModel
import AblateRuntime
import AblateStudy
import CAblate

@_cdecl("ablate_diff_create") public func diffCreate(
  _ first: OpaquePointer?, _ second: OpaquePointer?, _ options: UnsafePointer<ablate_diff_options>?,
  _ outDiff: UnsafeMutablePointer<OpaquePointer?>?
) -> ablate_status {
  status { () throws(AblateError) in
    let first = try models.object(first, "first").model
    let second = try models.object(second, "second").model
    let out = try required(outDiff, "outDiff")
    let chosen = try readOptions(options)
    let firstMask = try masks.optional(chosen.first_mask, "options.first_mask")
    let secondMask = try masks.optional(chosen.second_mask, "options.second_mask")
    let difference = try Difference(
      first, second, masks: (firstMask, secondMask), firstRow: Int(truncatingIfNeeded: chosen.first_row),
      threads: chosen.threads)
    out.pointee = try diffs.insert(
      WorkHandle(difference, noun: "diff", progress: progress(chosen.progress, user: chosen.user)))
  }
}

@_cdecl("ablate_diff_free") public func diffFree(_ diff: OpaquePointer?) { diffs.remove(diff) }

@_cdecl("ablate_diff_feed") public func diffFeed(
  _ diff: OpaquePointer?, _ x: UnsafePointer<Float>?, _ rows: Int, _ labels: UnsafePointer<Int32>?
) -> ablate_status {
  status { () throws(AblateError) in
    let handle = try diffs.object(diff, "diff")
    try handle.use { difference throws(AblateError) in
      if let x = try rowsPointer(x, "x", rows: rows, width: difference.first.inputWidth) {
        try difference.feed(x, labels: labels, rows: rows, progress: handle.progress)
      }
    }
  }
}

@_cdecl("ablate_diff_read") public func diffRead(
  _ diff: OpaquePointer?, _ outResult: UnsafeMutablePointer<ablate_diff_result>?
) -> ablate_status {
  status { () throws(AblateError) in
    try diffs.use(diff, "diff") { difference throws(AblateError) in
      try fill(outResult, "outResult") {
        let result = difference.result
        return ablate_diff_result(
          size: 0, rows: result.rows, agreeing: result.agreeing, agreement: result.agreement ?? .nan,
          mean_change: result.meanChange ?? .nan, largest_change: Double(result.largest?.change ?? .nan),
          largest_row: Int64(result.largest?.row ?? -1),
          largest_class: result.largest?.column ?? none,
          labelled: result.bothRight &+ result.onlyFirstRight &+ result.onlySecondRight &+ result.bothWrong,
          both_right: result.bothRight, only_first_right: result.onlyFirstRight,
          only_second_right: result.onlySecondRight, both_wrong: result.bothWrong)
      }
    }
  }
}

@_cdecl("ablate_diff_confusion") public func diffConfusion(
  _ diff: OpaquePointer?, _ outMatrix: UnsafeMutablePointer<Int64>?, _ count: Int
) -> ablate_status {
  status { () throws(AblateError) in
    try diffs.use(diff, "diff") { difference throws(AblateError) in
      let out = try required(outMatrix, "outMatrix")
      let confusion = difference.confusion
      guard difference.first.classCount > 0, let start = confusion.baseAddress else {
        throw AblateError(.unsupported, "there are no classes: the models are multilabel or regressions")
      }
      try requireCount(count, is: confusion.count, "count")
      out.copy(from: start, count: count)
    }
  }
}

@_cdecl("ablate_diff_merge") public func diffMerge(_ diff: OpaquePointer?, _ other: OpaquePointer?) -> ablate_status {
  merge(diff, "diff", other, in: diffs) { (target, other) throws(AblateError) in try target.merge(other) }
}
