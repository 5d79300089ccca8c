import AblateModel
import AblateRuntime
import AblateStudy
import AblateSweep

let models = HandleTable<ModelHandle>(kind: 1, noun: "ablate_model")
let builders = HandleTable<BuilderHandle>(kind: 2, noun: "ablate_builder")
let references = HandleTable<Reference>(kind: 3, noun: "ablate_reference")
let masks = HandleTable<Mask>(kind: 4, noun: "ablate_mask")
let sessions = HandleTable<Exclusive<Session>>(kind: 5, noun: "ablate_session")
let sweeps = HandleTable<WorkHandle<Sweep>>(kind: 6, noun: "ablate_sweep")
let profiles = HandleTable<WorkHandle<Profile>>(kind: 7, noun: "ablate_profile")
let shapleys = HandleTable<WorkHandle<ShapleyValues>>(kind: 8, noun: "ablate_shapley")
let diffs = HandleTable<WorkHandle<Difference>>(kind: 10, noun: "ablate_diff")

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

  /// Adds steps; what throws adds none.
  func change(_ body: (inout ModelBuilder) throws(AblateError) -> Void) throws(AblateError) {
    var changed = builder
    try body(&changed)
    builder = changed
  }
}
