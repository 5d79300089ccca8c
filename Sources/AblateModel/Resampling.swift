import AblateRuntime

/// Activations of other rows: row i of a run takes reference row p(i mod n), with p a permutation of the n reference rows.
public final class Resampling: Sendable {
  public let reference: Reference
  private let permutation: Buffer<Int>

  /// Draws the permutation from `seed`: a Fisher–Yates shuffle over SplitMix64 (Steele, Lea and Flood 2014, OOPSLA).
  public init(reference: Reference, seed: UInt64) throws(AblateError) {
    guard reference.keepsRows else {
      throw AblateError(.invalidArgument, "resample needs a reference that was made with its rows kept")
    }
    let count = reference.rowCount
    permutation = try Buffer(count: count)
    for row in 0..<count { permutation.pointer[row] = row }
    var state = seed
    var left = count
    while left > 1 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var bits = state
      bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
      bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
      bits ^= bits >> 31
      let chosen = Int(bits.multipliedFullWidth(by: UInt64(left)).high)
      left -= 1
      let last = permutation.pointer[left]
      permutation.pointer[left] = permutation.pointer[chosen]
      permutation.pointer[chosen] = last
    }
    self.reference = reference
  }

  /// The activation that takes the place of a unit's own in row `row` of a run.
  public func activation(layer: Int, unit: Int, row: Int) -> Float {
    reference.activation(layer: layer, unit: unit, row: permutation.pointer[row % reference.rowCount])
  }
}
