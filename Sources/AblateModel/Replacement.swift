import AblateRuntime

/// What takes the place of an ablated unit's activation.
public enum Replacement: Sendable {
  /// 0, after the activation function.
  case zero
  /// The unit's incoming weights and bias become 0, so its activation becomes that of 0.
  case dead
  /// The unit's mean activation over reference rows.
  case mean(Reference)
  case constant(Float)
  /// The unit's activation in another row.
  case resample(Resampling)

  /// - Throws: `invalidArgument` if the reference is of another model.
  public func require(model: Model) throws(AblateError) {
    let reference: Reference? =
      switch self {
      case .mean(let reference): reference
      case .resample(let resampling): resampling.reference
      case .zero, .dead, .constant: nil
      }
    if let reference, reference.model !== model {
      throw AblateError(.invalidArgument, "the replacement's reference is of another model")
    }
  }

  /// The value for a unit of a model's layer, looked up once for all rows.
  public func value(model: Model, layer: Int, unit: Int) -> UnitReplacement {
    switch self {
    case .zero: .fixed(0)
    case .dead: .fixed(model.layers[layer].activationAtZero)
    case .mean(let reference): .fixed(reference.means(layer: layer)[unit])
    case .constant(let value): .fixed(value)
    case .resample(let resampling): .resampled(resampling)
    }
  }

  /// The values for all units of a layer, with room up to a multiple of 16; nil if they depend on the row.
  package func fixedValues(model: Model, layer: Int) throws(AblateError) -> Buffer<Float>? {
    if case .resample = self { return nil }
    let units = model.layers[layer].units
    let values = try Buffer<Float>(count: RowStride.padded(units))
    for unit in 0..<units {
      if case .fixed(let value) = value(model: model, layer: layer, unit: unit) { values.pointer[unit] = value }
    }
    return values
  }
}

/// A replacement for one unit: the same value in every row, or that of another row.
public enum UnitReplacement {
  case fixed(Float)
  case resampled(Resampling)

  /// The value in one row of a stream, for the unit it was looked up for; of a channel, at one of its positions.
  package func value(layer: Int, unit: Int, position: Int = 0, row: Int) -> Float {
    switch self {
    case .fixed(let value): value
    case .resampled(let source): source.activation(layer: layer, unit: unit, position: position, row: row)
    }
  }
}
