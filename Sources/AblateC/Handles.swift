import AblateModel
import AblateRuntime
import AblateStudy
import AblateSweep

let models = HandleTable<ModelHandle>(kind: 1, noun: "ablate_model")
let builders = HandleTable<BuilderHandle>(kind: 2, noun: "ablate_builder")
let references = HandleTable<Reference>(kind: 3, noun: "ablate_reference")
let masks = HandleTable<Mask>(kind: 4, noun: "ablate_mask")
let sessions = HandleTable<Exclusive<Session>>(kind: 5, noun: "ablate_session")
let sweeps = HandleTable<SweepHandle>(kind: 6, noun: "ablate_sweep")
let profiles = HandleTable<ProfileHandle>(kind: 7, noun: "ablate_profile")
let shapleys = HandleTable<ShapleyHandle>(kind: 8, noun: "ablate_shapley")
let diffs = HandleTable<DiffHandle>(kind: 10, noun: "ablate_diff")

/// A model with its texts as C strings.
final class ModelHandle: Sendable {
  let model: Model
  let layerNames: [CText]
  let stepNames: [CText]
  let classLabels: [CText]?

  init(_ model: Model) throws(AblateError) {
    self.model = model
    layerNames = try CText.list(model.layers.map { $0.name })
    stepNames = try CText.list(model.steps.map { model.name(of: $0) })
    if let labels = model.classLabels { classLabels = try CText.list(labels) } else { classLabels = nil }
  }
}

final class BuilderHandle {
  var builder: ModelBuilder
  init(_ builder: ModelBuilder) { self.builder = builder }
}

final class SweepHandle {
  let sweep: Exclusive<Sweep>
  let progress: ProgressCallback?
  /// Never changes, so it can be asked for while the sweep is in use.
  let itemCount: Int

  init(_ sweep: Sweep, progress: ProgressCallback?) {
    itemCount = sweep.itemCount
    self.sweep = Exclusive(sweep, noun: "sweep")
    self.progress = progress
  }
}

final class ProfileHandle {
  let profile: Exclusive<Profile>
  let progress: ProgressCallback?

  init(_ profile: Profile, progress: ProgressCallback?) {
    self.profile = Exclusive(profile, noun: "profile")
    self.progress = progress
  }
}

final class DiffHandle {
  let difference: Exclusive<Difference>
  let progress: ProgressCallback?

  init(_ difference: Difference, progress: ProgressCallback?) {
    self.difference = Exclusive(difference, noun: "diff")
    self.progress = progress
  }
}

final class ShapleyHandle {
  let values: Exclusive<ShapleyValues>
  let progress: ProgressCallback?
  /// Never changes, so it can be asked for while the estimate is in use.
  let playerCount: Int

  init(_ values: ShapleyValues, progress: ProgressCallback?) {
    playerCount = values.players.count
    self.values = Exclusive(values, noun: "estimate of Shapley values")
    self.progress = progress
  }
}
