import AblateRuntime

/// Which units and synapses of a model are ablated, and what replaces the units' activations.
public final class Mask {
  public let model: Model
  private var units: [[UInt8]]
  private var unitReplacements: [[Replacement?]?]
  private var synapses: [BitMatrix?]

  /// For every unit that has no replacement of its own.
  public private(set) var replacement = Replacement.zero

  /// An empty mask: a run with it equals the intact run bit for bit.
  public init(model: Model) {
    self.model = model
    units = model.layers.map { [UInt8](repeating: 0, count: $0.units) }
    unitReplacements = model.layers.map { _ in nil }
    synapses = model.layers.map { _ in nil }
  }

  /// Restores every unit and synapse. Replacements stay.
  public func clear() {
    for layer in units.indices {
      for unit in units[layer].indices { units[layer][unit] = 0 }
      synapses[layer] = nil
    }
  }

  public func set(layer: Int, unit: Int, ablated: Bool) throws(AblateError) {
    try require(layer: layer, unit: unit)
    units[layer][unit] = ablated ? 1 : 0
  }

  /// Either all indices are valid or nothing changes.
  public func set(layer: Int, units chosen: UnsafeBufferPointer<Int>, ablated: Bool) throws(AblateError) {
    try require(layer: layer)
    for unit in chosen { try require(layer: layer, unit: unit) }
    for unit in chosen { units[layer][unit] = ablated ? 1 : 0 }
  }

  public func isAblated(layer: Int, unit: Int) throws(AblateError) -> Bool {
    try require(layer: layer, unit: unit)
    return units[layer][unit] != 0
  }

  public func fill(layer: Int, ablated: Bool) throws(AblateError) {
    try require(layer: layer)
    for unit in units[layer].indices { units[layer][unit] = ablated ? 1 : 0 }
  }

  /// Sets a layer's mask: one byte per unit, 0 or 1.
  public func set(layer: Int, bytes: UnsafeBufferPointer<UInt8>) throws(AblateError) {
    try require(layer: layer)
    guard bytes.count == units[layer].count else {
      throw AblateError(
        .invalidArgument, "\(bytes.count) mask bytes for layer \(layer), which has \(units[layer].count) units")
    }
    for unit in bytes.indices where bytes[unit] > 1 {
      throw AblateError(
        .invalidArgument, "mask byte \(bytes[unit]) for unit \(unit) of layer \(layer): 0 and 1 are possible")
    }
    for unit in bytes.indices { units[layer][unit] = bytes[unit] }
  }

  /// One byte per unit, 1 = ablated.
  public func bytes(layer: Int) throws(AblateError) -> [UInt8] {
    try require(layer: layer)
    return units[layer]
  }

  public func set(layer: Int, unit: Int, input: Int, ablated: Bool) throws(AblateError) {
    try require(layer: layer, unit: unit)
    let inputs = model.layers[layer].inputs
    guard input >= 0, input < inputs else {
      throw AblateError(
        .invalidArgument, "input \(UInt(bitPattern: input)) is out of range: layer \(layer) has \(inputs) inputs")
    }
    let matrix: BitMatrix
    if let existing = synapses[layer] {
      matrix = existing
    } else if ablated {
      matrix = try BitMatrix(rows: model.layers[layer].units, columns: inputs)
      synapses[layer] = matrix
    } else {
      return
    }
    matrix.set(row: unit, column: input, ablated)
  }

  public var unitCount: Int { units.reduce(0) { $0 + $1.reduce(0) { $0 + Int($1) } } }

  public var synapseCount: Int { synapses.reduce(0) { $0 + ($1?.count ?? 0) } }

  public func setReplacement(_ replacement: Replacement) throws(AblateError) {
    try replacement.require(model: model)
    self.replacement = replacement
  }

  /// Gives a unit a replacement of its own, or takes it away with nil. Does not ablate the unit.
  public func setReplacement(_ replacement: Replacement?, layer: Int, unit: Int) throws(AblateError) {
    try require(layer: layer, unit: unit)
    try replacement?.require(model: model)
    if unitReplacements[layer] == nil {
      if replacement == nil { return }
      unitReplacements[layer] = [Replacement?](repeating: nil, count: units[layer].count)
    }
    unitReplacements[layer]?[unit] = replacement
  }

  package func replacement(layer: Int, unit: Int) -> Replacement { unitReplacements[layer]?[unit] ?? replacement }

  package func synapses(layer: Int) -> BitMatrix? { synapses[layer] }

  private func require(layer: Int) throws(AblateError) { try model.require(layer: layer) }

  private func require(layer: Int, unit: Int) throws(AblateError) {
    try require(layer: layer)
    guard unit >= 0, unit < units[layer].count else {
      throw AblateError(
        .invalidArgument,
        "unit \(UInt(bitPattern: unit)) is out of range: layer \(layer) has \(units[layer].count) units")
    }
  }
}

extension Model {
  /// - Throws: `invalidArgument` if the mask is of another model.
  package func require(_ mask: Mask?) throws(AblateError) {
    if let mask, mask.model !== self { throw AblateError(.invalidArgument, "the mask is of another model") }
  }
}
