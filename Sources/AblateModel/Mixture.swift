import AblateRuntime

/// y_i = Σ weight * x over a few values each: linear interpolation.
public final class Mixture: Sendable {
  /// Terms of each sum.
  package let terms: Int
  /// [values, terms]
  package let sources: Buffer<Int32>
  package let weights: Buffer<Float>

  package init(terms: Int, sources: Buffer<Int32>, weights: Buffer<Float>) {
    self.terms = terms
    self.sources = sources
    self.weights = weights
  }
}
