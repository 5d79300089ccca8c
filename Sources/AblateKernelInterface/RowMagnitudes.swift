/// What bounds take from the magnitudes of a row of values x. Estimates: their bits are no part of any result.
public struct RowMagnitudes: BitwiseCopyable, Sendable {
  /// Σ |x * weight|
  public var weighted: Float
  /// Σ |x|
  public var sum: Float
  /// The largest |x|; a NaN does not count.
  public var largest: Float
  /// How many x are not 0; a NaN is one.
  public var nonZeros: Int

  public init(weighted: Float, sum: Float, largest: Float, nonZeros: Int) {
    self.weighted = weighted
    self.sum = sum
    self.largest = largest
    self.nonZeros = nonZeros
  }
}
