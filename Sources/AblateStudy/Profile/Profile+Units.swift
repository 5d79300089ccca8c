import AblateModel
import AblateRuntime
import AblateSweep

/// What a profile says of one unit. What was not asked for is nil; figures of activations are NaN for no rows, and for units with an
/// activation that is not finite.
public struct UnitProfile {
  public let rows: Int64
  /// Rows in which the activation is NaN or infinite.
  public let nonFinite: Int64
  /// Rows in which the activation is above its threshold: ½ for sigmoid and hard sigmoid, 0 for others.
  public let active: Int64
  /// Whether the activation is the same in every row.
  public let isDead: Bool
  /// The class with the largest mean, the lowest on ties.
  public let largestClass: Int?
  /// The class of the KL selectivity.
  public let selectiveClass: Int?
}

extension Profile {
  /// The place of a layer among those of the profile.
  func place(ofLayer layer: Int) throws(AblateError) -> Int {
    try model.require(layer: layer)
    for (place, own) in plan.layers.enumerated() where own == layer { return place }
    throw AblateError(.invalidArgument, "the profile was made without layer \(layer)")
  }

  /// The units of a layer of the profile.
  public func units(ofLayer layer: Int) throws(AblateError) -> Int { tallies[try place(ofLayer: layer)].units }

  func require(_ measures: ProfileMeasures, _ what: String) throws(AblateError) {
    if plan.measures.isDisjoint(with: measures) {
      throw AblateError(.invalidArgument, "the profile was made without \(what)")
    }
  }

  func requirePlace(layer: Int, unit: Int) throws(AblateError) -> Int {
    let place = try place(ofLayer: layer)
    guard unit >= 0, unit < tallies[place].units else {
      throw AblateError(
        .invalidArgument,
        "unit \(UInt(bitPattern: unit)) is out of range: layer \(layer) has \(tallies[place].units) units")
    }
    return place
  }

  public func unit(_ unit: Int, layer: Int) throws(AblateError) -> UnitProfile {
    let place = try requirePlace(layer: layer, unit: unit)
    let tally = tallies[place]
    let rows = rows
    let isFinite = rows > 0 && tally.nonFinite.pointer[unit] == 0
    return UnitProfile(
      rows: rows, nonFinite: tally.nonFinite.pointer[unit], active: tally.active.pointer[unit],
      isDead: isFinite && tally.extremes.pointer[2 * unit] == tally.extremes.pointer[2 * unit + 1],
      largestClass: isFinite && plan.measures.contains(.classMeans) ? selectivity(place, unit).largest : nil,
      selectiveClass: isFinite && plan.measures.contains(.information)
        ? information(place, unit).selectiveClass : nil)
  }

  /// Writes one figure of each unit of a layer: [units].
  public func copy(
    _ measure: UnitMeasure, layer: Int, to out: UnsafeMutablePointer<Double>
  ) throws(AblateError) {
    let place = try place(ofLayer: layer)
    if let missing = missing(measure) { try require(measure.required, missing) }
    if measure == .outgoingL2 {
      // What fails writes nothing.
      let norms = try Buffer<Double>(count: tallies[place].units)
      try findOutgoingNorms(0..<norms.count, layer, into: norms.pointer)
      out.update(from: norms.pointer, count: norms.count)
      return withExtendedLifetime(norms) {}
    }
    for unit in 0..<tallies[place].units { out[unit] = try value(measure, place, unit) }
  }

  /// One figure of a unit; nil if it was not asked for.
  public func value(_ measure: UnitMeasure, layer: Int, unit: Int) throws(AblateError) -> Double? {
    let place = try requirePlace(layer: layer, unit: unit)
    return missing(measure) == nil ? try value(measure, place, unit) : nil
  }

  /// What would have had to be asked for.
  private func missing(_ measure: UnitMeasure) -> String? {
    switch measure {
    case .entropy: plan.measures.needLevels ? nil : "entropy"
    case .mutualInformation, .klSelectivity: plan.measures.contains(.information) ? nil : "information"
    case .classSelectivity: plan.measures.contains(.classMeans) ? nil : "class means"
    case .taylor, .taylorOfMean: plan.measures.contains(.taylor) ? nil : "Taylor measures"
    default: nil
    }
  }

  private func value(_ measure: UnitMeasure, _ place: Int, _ unit: Int) throws(AblateError) -> Double {
    switch measure {
    case .incomingL1: return WeightNorm.l1.of(model.layers[plan.layers[place]], unit: unit)
    case .incomingL2: return WeightNorm.l2.of(model.layers[plan.layers[place]], unit: unit)
    case .outgoingL2:
      var norm = Double.nan
      try findOutgoingNorms(unit..<unit + 1, plan.layers[place], into: &norm)
      return norm
    default: break
    }
    let tally = tallies[place]
    let rows = rows
    if rows == 0 || tally.nonFinite.pointer[unit] != 0 { return .nan }
    switch measure {
    case .mean: return mean(place, unit)
    case .variance: return variance(place, unit)
    case .minimum: return Double(tally.extremes.pointer[2 * unit])
    case .maximum: return Double(tally.extremes.pointer[2 * unit + 1])
    case .fractionActive: return Double(tally.active.pointer[unit]) / Double(rows)
    case .entropy: return information(place, unit).entropy
    case .mutualInformation: return information(place, unit).mutual
    case .klSelectivity: return information(place, unit).selectivity
    case .classSelectivity: return selectivity(place, unit).index
    default:
      if tally.taylorNonFinite.pointer[unit] != 0 { return .nan }
      return abs(tally.taylor(unit, isSigned: measure == .taylorOfMean).value(unit: -149)) / Double(rows)
    }
  }

  /// The norms of the weights that leave some units of a layer; NaN for those that none do.
  private func findOutgoingNorms(
    _ units: Range<Int>, _ number: Int, into norms: UnsafeMutablePointer<Double>
  ) throws(AblateError) {
    norms.update(repeating: .nan, count: units.count)
    let areApart = try model.forEachInput(from: units, ofLayer: number) { unit, index, channel in
      let layer = model.layers[index]
      let norm = norms + (unit - units.lowerBound)
      if norm.pointee.isNaN { norm.pointee = 0 }
      for reader in layer.units(reading: channel) {
        let end = (reader + 1) * layer.weightsPerUnit
        for place in stride(from: end - layer.weightsPerUnit + channel % layer.inputs, to: end, by: layer.inputs) {
          let weight = Double(layer.weightValues[place])
          norm.pointee += weight * weight
        }
      }
    }
    for (place, unit) in units.enumerated() {
      if areApart {
        norms[place] = norms[place].squareRoot()
      } else {
        try findOutgoingNorms(unit..<unit + 1, number, into: norms + place)
      }
    }
  }

  private func information(_ place: Int, _ unit: Int) -> Information {
    let tally = tallies[place]
    let levels = 1 << (tally.bits ?? 0)
    return Information(
      counts: tally.levels.pointer + unit * tally.classCount * levels, classes: tally.classCount, levels: levels)
  }
}
