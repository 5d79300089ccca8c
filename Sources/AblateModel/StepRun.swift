import AblateRuntime

/// What one run through some steps of a model goes by.
struct StepRun {
  let steps: Range<Int>
  /// What the point in front of the first of them holds.
  let input: Executor.Values
  let rows: Int
  /// The number of the first row in the whole run.
  let firstRow: Int
  let mask: ResolvedMask?
  let restart: Restart?
}
