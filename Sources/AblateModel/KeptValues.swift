/// Which values are there after a run through the steps of a model.
enum KeptValues {
  case ofAllSteps
  /// Only those of the last step that ran. Rows go through the front, if there is one, one by one in runs that go beyond.
  case ofLastStep(FrontSteps?)

  var front: FrontSteps? {
    if case .ofLastStep(let front) = self { front } else { nil }
  }
}
