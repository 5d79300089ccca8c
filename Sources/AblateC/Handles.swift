import AblateModel
import AblateRuntime
import AblateSweep
import Synchronization

let models = HandleTable<ModelHandle>(kind: 1, noun: "ablate_model")
let builders = HandleTable<BuilderHandle>(kind: 2, noun: "ablate_builder")
let references = HandleTable<Reference>(kind: 3, noun: "ablate_reference")
let masks = HandleTable<Mask>(kind: 5, noun: "ablate_mask")
let sessions = HandleTable<Exclusive<Session>>(kind: 6, noun: "ablate_session")
let sweeps = HandleTable<SweepHandle>(kind: 7, noun: "ablate_sweep")

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
  let sweep: Exclusive<UnitSweep>
  let progress: ProgressCallback?
  /// Never changes, so it can be asked for while the sweep is in use.
  let itemCount: Int

  init(_ sweep: UnitSweep, progress: ProgressCallback?) {
    itemCount = sweep.items.count
    self.sweep = Exclusive(sweep, noun: "sweep")
    self.progress = progress
  }
}

/// Lets one thread at a time in, and turns others away.
final class Exclusive<Object: AnyObject> {
  private let object: Object
  private let noun: String
  private let isBusy = Atomic<Bool>(false)

  init(_ object: Object, noun: String) {
    self.object = object
    self.noun = noun
  }

  /// - Throws: `busy` if another thread, or a call further up this one, is inside.
  func use<Result>(_ body: (Object) throws(AblateError) -> Result) throws(AblateError) -> Result {
    guard isBusy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged else {
      throw AblateError(.busy, "the \(noun) is in use by another call: one thread at a time may use it")
    }
    defer { isBusy.store(false, ordering: .releasing) }
    return try body(object)
  }
}

/// A NUL-terminated copy of a text.
final class CText: Sendable {
  private let bytes: Buffer<CChar>

  init(_ text: String) throws(AblateError) {
    let utf8 = Array(text.utf8)
    bytes = try Buffer(count: utf8.count + 1)
    for (index, byte) in utf8.enumerated() { bytes.pointer[index] = CChar(bitPattern: byte) }
  }

  var pointer: UnsafePointer<CChar> { UnsafePointer(bytes.pointer) }

  static func list(_ texts: [String]) throws(AblateError) -> [CText] {
    var list: [CText] = []
    for text in texts { list.append(try CText(text)) }
    return list
  }
}
