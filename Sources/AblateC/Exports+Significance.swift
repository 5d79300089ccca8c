import AblateModel
import AblateRuntime
import AblateStudy
import AblateSweep
import CAblate

@_cdecl("ablate_flips_test") public func flipsTest(
  _ lost: Int64, _ gained: Int64, _ rows: Int64, _ confidence: Double,
  _ outTest: UnsafeMutablePointer<ablate_flip_test>?
) -> ablate_status {
  status { () throws(AblateError) in
    try fill(outTest, "outTest") { () throws(AblateError) in
      let flips = try Flips(lost: lost, gained: gained, rows: rows)
      let interval = try flips.interval(confidence: confidence)
      return ablate_flip_test(
        size: 0, p_value: flips.pValue, mid_p_value: flips.midPValue, p_value_of_loss: flips.pValueOfLoss,
        p_value_of_gain: flips.pValueOfGain, smallest_p_value: flips.smallestPValue, effect: flips.effect,
        variance: flips.variance, lower: interval.lower, upper: interval.upper)
    }
  }
}

@_cdecl("ablate_adjust_p_values") public func adjustPValues(
  _ adjustment: ablate_adjustment, _ pValues: UnsafePointer<Double>?, _ count: Int,
  _ outAdjusted: UnsafeMutablePointer<Double>?
) -> ablate_status {
  status { () throws(AblateError) in
    let adjustment: PValueAdjustment = try enumerator(adjustment.rawValue, "adjustment")
    let values = try rowsPointer(pValues, "pValues", rows: count, width: 1)
    let adjusted = try rowsPointer(outAdjusted, "outAdjusted", rows: count, width: 1)
    if let values, let adjusted { try adjustment.adjust(values, count: count, into: adjusted) }
  }
}

@_cdecl("ablate_verdict_name") public func verdictName(_ verdict: ablate_verdict) -> UnsafePointer<CChar>! {
  constant(Verdict(rawValue: Int32(truncatingIfNeeded: verdict.rawValue))?.name ?? "unknown verdict")
}

@_cdecl("ablate_sweep_judge") public func sweepJudge(
  _ sweep: OpaquePointer?, _ options: UnsafePointer<ablate_judge_options>?,
  _ outJudgements: UnsafeMutablePointer<ablate_judgement>?, _ count: Int
) -> ablate_status {
  status { () throws(AblateError) in
    let handle = try sweeps.object(sweep, "sweep")
    let rules = try rules(options)
    try requireCount(count, is: handle.count, "count")
    let out = try CallerArray(outJudgements, "outJudgements")
    try handle.use { sweep throws(AblateError) in
      try out.fill(try Judgements(of: sweep, rules: rules))
    }
  }
}

@_cdecl("ablate_sweep_judge_selected") public func sweepJudgeSelected(
  _ selection: OpaquePointer?, _ test: OpaquePointer?, _ choice: ablate_choice,
  _ options: UnsafePointer<ablate_judge_options>?, _ outJudgements: UnsafeMutablePointer<ablate_judgement>?,
  _ count: Int
) -> ablate_status {
  status { () throws(AblateError) in
    let selection = try sweeps.object(selection, "selection")
    let test = try sweeps.object(test, "test")
    if selection === test {
      throw AblateError(.invalidArgument, "test is the selection itself: its rows must be others")
    }
    let choice: Choice = try enumerator(choice.rawValue, "choice")
    let rules = try rules(options)
    let out = try CallerArray(outJudgements, "outJudgements")
    try selection.use { selection throws(AblateError) in
      try test.use { test throws(AblateError) in
        try out.fill(try Judgements(ofChosen: count, by: choice, in: selection, judgedBy: test, rules: rules))
      }
    }
  }
}

private func rules(_ options: UnsafePointer<ablate_judge_options>?) throws(AblateError) -> JudgementRules {
  guard options != nil else { return try JudgementRules() }
  let chosen = try read(options, "options")
  return try JudgementRules(
    adjustment: try enumerator(chosen.adjustment.rawValue, "options.adjustment"), level: chosen.level,
    essentialLoss: chosen.essential_loss, margin: chosen.margin, leavesOutUntestable: chosen.testable_only != 0)
}

extension CallerArray<ablate_judgement> {
  fileprivate func fill(_ judgements: Judgements) throws(AblateError) {
    for place in 0..<judgements.count {
      write(ablate_judgement(try judgements.judgement(place)), at: place)
    }
  }
}

extension ablate_judgement {
  fileprivate init(_ judgement: Judgement) {
    let (affected, favoured) = (judgement.shift.affected, judgement.shift.favoured)
    self.init(
      size: 0, index: judgement.item,
      verdict: ablate_verdict(rawValue: UInt32(judgement.verdict.rawValue)) ?? .ABLATE_VERDICT_UNDECIDED,
      p_value: judgement.pValue, adjusted_p_value: judgement.adjustedPValue,
      smallest_p_value: judgement.flips.smallestPValue, effect: judgement.flips.effect,
      lower: judgement.interval.lower, upper: judgement.interval.upper, affected_class: affected?.label ?? none,
      affected_rows: affected?.rows ?? 0, affected_recall: affected?.recall ?? 0,
      favoured_class: favoured?.class ?? none, favoured_rows: favoured?.rows ?? 0)
  }
}
