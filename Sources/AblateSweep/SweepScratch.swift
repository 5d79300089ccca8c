import AblateModel
import AblateRuntime

/// Room of one thread for a kind of sweep to work with one row in. Buffers hold as many values as a padded row of the widest point, up to a
/// multiple of 64.
final class SweepScratch {
  /// Lists of units.
  let indices: Buffer<Int32>
  /// Lists of a unit's inputs; of the first units of pairs.
  let inputs: Buffer<Int32>
  /// The values of another row, or of one on its way through layers.
  let otherRow: Buffer<Float>
  /// Bounds of effects, twice.
  let effects: Buffer<Float>
  let otherEffects: Buffer<Float>
  /// Values of one unit, and chains, or values on their way through layers.
  let values: Buffer<Float>
  let chains: Buffer<Float>
  /// Of each rival, see `prepareRooms`.
  let inverseLimits: Buffer<Float>
  /// What a lead can lose, by rival; infinity behind the classes.
  let rivalLimits: Buffer<Float>
  /// The scores of one change.
  let updatedScores: Buffer<Float>

  init(model: Model) throws(AblateError) {
    let count = (RowStride.padded(model.widestPoint) + 63) & ~63
    indices = try Buffer(count: count)
    inputs = try Buffer(count: count)
    otherRow = try Buffer(count: count)
    effects = try Buffer(count: count)
    otherEffects = try Buffer(count: count)
    values = try Buffer(count: count)
    chains = try Buffer(count: count)
    inverseLimits = try Buffer(count: count)
    updatedScores = try Buffer(count: count)
    rivalLimits = try Buffer(count: RowStride.padded(model.classCount))
    rivalLimits.pointer.update(repeating: .infinity, count: rivalLimits.count)
  }
}
