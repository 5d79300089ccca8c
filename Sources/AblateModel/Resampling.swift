import AblateRuntime

/// Activations of other rows: row i of a run takes reference row p(i mod n), with p a permutation of the n reference rows.
public final class Resampling: Sendable {
  public let reference: Reference
  private let permutation: Buffer<Int>

  /// Draws the permutation from `seed`: a Fisher–Yates shuffle over `SplitMix64`.
  public init(reference: Reference, seed: UInt64) throws(AblateError) {
    guard reference.keepsRows else {
      throw AblateError(.invalidArgument, "resample needs a reference that was made with its rows kept")
    }
    let count = reference.rowCount
    permutation = try Buffer(count: count)
    for row in 0..<count { permutation.pointer[row] = row }
    var random = SplitMix64(seed: seed)
    random.shuffle(permutation.pointer, count: count)
    self.reference = reference
  }

  /// The activation that takes the place of a unit's own in row `row` of a run; of a channel, at one of its positions.
  public func activation(layer: Int, unit: Int, position: Int = 0, row: Int) -> Float {
    reference.activation(
      layer: layer, unit: unit, position: position, row: permutation.pointer[row % reference.rowCount])
  }
}
