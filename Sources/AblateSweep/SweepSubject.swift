import AblateModel
import AblateRuntime

/// What a sweep ablates, one item after the other.
public enum SweepSubject {
  /// Each unit of the layers, in their order; nil for all hidden layers.
  case units(layers: [Int]?)
  /// Each incoming weight of each unit of the layers, the inputs of a unit next to each other; nil for all layers. Of a convolution, the
  /// weights from one of the channels that a unit reads are one item.
  case synapses(layers: [Int]?)
  /// Each incoming weight of each unit, in the order of the units; a unit's inputs ascending.
  case incomingSynapses(of: [UnitPlace])
  /// Each weight that leaves each hidden unit, in the order of the units: of the layers that read its values, directly or through steps
  /// without weights, by layer, input and unit, ascending.
  case outgoingSynapses(of: [UnitPlace])
  /// Each value of the input.
  case inputs
  /// Each unit of a layer, then each pair of units (i, j), i < j, ordered by i.
  case pairs(layer: Int)
  /// Each unit of a layer, each unit of a later one, then each pair of one of the first and one of the second, ordered by the first.
  case pairsAcross(layer: Int, laterLayer: Int)
  /// The first unit, the first two, and so on.
  case cumulative([UnitPlace])
  /// Each mask; replacements are those of the masks.
  case masks([Mask])
}

extension SweepSubject {
  func kind(model: Model, replacement: Replacement) throws(AblateError) -> any SweepKind {
    switch self {
    case .units(let layers):
      return try UnitKind(model: model, items: try UnitItems(model: model, layers: layers), replacement: replacement)
    case .synapses(let layers):
      let layers = layers ?? Array(model.layers.indices)
      try model.requireDistinct(layers: layers)
      return try SynapseKind(model: model, parts: layers.map { SynapsePart(layer: $0, of: model) })
    case .incomingSynapses(let units):
      return try SynapseKind(model: model, parts: try incoming(units, model: model))
    case .outgoingSynapses(let units):
      return try SynapseKind(model: model, parts: try outgoing(units, model: model))
    case .inputs: return try InputKind(model: model, replacement: replacement)
    case .pairs(let layer):
      let kind = try PairKind(model: model, layer: layer, replacement: replacement)
      return model.isInChain(layer)
        ? kind : try MaskedKind(kind, model: model, layers: [layer], replacement: replacement)
    case .pairsAcross(let first, let second):
      let kind = try AcrossKind(model: model, layers: (first, second), replacement: replacement)
      return model.isInChain(first)
        ? kind : try MaskedKind(kind, model: model, layers: [first, second], replacement: replacement)
    case .cumulative(let order): return try cumulative(order, model: model, replacement: replacement)
    case .masks(let masks): return try MaskKind(model: model, masks: masks)
    }
  }

  /// A part for each run of units of one layer.
  private func incoming(_ units: [UnitPlace], model: Model) throws(AblateError) -> [SynapsePart] {
    try model.requireDistinct(units: units)
    var parts: [SynapsePart] = []
    var first = 0
    while first < units.count {
      let layer = units[first].layer
      let last = units[first...].firstIndex { $0.layer != layer } ?? units.count
      parts.append(SynapsePart(layer: layer, units: units[first..<last].map { $0.unit }, of: model))
      first = last
    }
    return parts
  }

  /// A part for each input that a unit's values are of.
  private func outgoing(_ units: [UnitPlace], model: Model) throws(AblateError) -> [SynapsePart] {
    try model.requireDistinct(units: units)
    var parts: [SynapsePart] = []
    for place in units {
      guard try model.append(synapsesLeaving: place, to: &parts) else {
        throw AblateError(.invalidArgument, "no weights leave unit \(place.unit) of layer \(place.layer)")
      }
    }
    return parts
  }

  private func cumulative(
    _ order: [UnitPlace], model: Model, replacement: Replacement
  ) throws(AblateError) -> any SweepKind {
    try model.requireDistinct(units: order)
    guard let layer = order.first?.layer, order.allSatisfy({ $0.layer == layer }), model.isInChain(layer) else {
      return try LayeredOrderKind(model: model, order: order, replacement: replacement)
    }
    return try OrderKind(model: model, layer: layer, units: order.map { $0.unit }, replacement: replacement)
  }
}

extension Model {
  /// - Throws: `invalidArgument` if there are none, one does not exist or is listed twice.
  package func requireDistinct(units: [UnitPlace]) throws(AblateError) {
    guard !units.isEmpty else { throw AblateError(.invalidArgument, "the list of units is empty") }
    let mask = Mask(model: self)
    for place in units {
      if try mask.isAblated(layer: place.layer, unit: place.unit) {
        throw AblateError(.invalidArgument, "unit \(place.unit) of layer \(place.layer) is listed twice")
      }
      try mask.set(layer: place.layer, unit: place.unit, ablated: true)
    }
  }
}
