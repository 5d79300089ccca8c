import AblateModel
import AblateRuntime
import AblateSweep

extension Profile {
  public var bins: Int { plan.bins }

  public var topRowLimit: Int { plan.topRowLimit }

  /// Classes of the class means; 1 where classes do not matter.
  public var classCount: Int { plan.classCount }

  /// Writes how many activations of a unit are in each bin, and gives how many are below and above the range. Those that are not finite
  /// are nowhere.
  public func copyHistogram(
    layer: Int, unit: Int, to out: UnsafeMutablePointer<Int64>
  ) throws(AblateError) -> (below: Int64, above: Int64) {
    let place = try requirePlace(layer: layer, unit: unit)
    try require(.histogram, "histograms")
    let counts = tallies[place].histogram.pointer + unit * (bins + 2)
    out.copy(from: counts + 1, count: bins)
    return (counts[0], counts[bins + 1])
  }

  /// The rows with the largest activations of a unit, by their numbers in the stream, and these activations: largest first, the lowest
  /// row first among equals, up to the limit. Valid until the profile is used again.
  public func topRows(
    layer: Int, unit: Int
  ) throws(AblateError) -> (rows: UnsafePointer<Int64>, values: UnsafePointer<Float>, count: Int) {
    let place = try requirePlace(layer: layer, unit: unit)
    guard let topRows = tallies[place].topRows else {
      throw AblateError(.invalidArgument, "the profile was made without top rows")
    }
    return (topRows.rows(unit), topRows.values(unit), topRows.count(unit))
  }

  /// The mean over the rows of the product of the activations of each two units, not centred: [units, units]; NaN for no rows.
  public func copyGram(layer: Int, to out: UnsafeMutablePointer<Double>) throws(AblateError) {
    let place = try place(ofLayer: layer)
    try require(.gram, "the Gram matrix")
    grams[place].copyMeans(rows: rows, nonFinite: tallies[place].nonFinite.pointer, to: out)
  }

  /// Adds another profile with the same plan, as if its rows had been fed here. Shards can be merged in any order.
  public func merge(_ other: Profile) throws(AblateError) {
    guard other !== self else { throw AblateError(.invalidArgument, "a profile cannot be merged with itself") }
    guard fingerprint == other.fingerprint else {
      throw AblateError(
        .invalidArgument,
        "the profiles have different plans: model, layers, measures, quantiser, histograms and top rows must be the same"
      )
    }
    for (tally, others) in zip(tallies, other.tallies) { tally.add(others) }
    for (gram, others) in zip(grams, other.grams) { gram.add(others) }
    for index in 0..<classRows.count { classRows.pointer[index] &+= other.classRows.pointer[index] }
  }

  private var fingerprint: Fingerprint {
    var fingerprint = Fingerprint()
    fingerprint.add(model)
    for layer in plan.layers { fingerprint.add(layer) }
    fingerprint.add(UInt64(plan.measures.rawValue))
    for edges in plan.edges {
      fingerprint.add(edges.bits)
      fingerprint.add(edges.values.pointer, count: edges.values.count)
    }
    fingerprint.add(plan.bins)
    for range in plan.ranges {
      fingerprint.add(Float(range.low))
      fingerprint.add(Float(range.high))
    }
    fingerprint.add(plan.topRowLimit)
    fingerprint.add(Int(plan.positions.rawValue))
    return fingerprint
  }
}
