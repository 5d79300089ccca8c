/// y_c = x_c / (bias + alpha / size * Σ x²)^beta, the sum over the `size` channels around c: ONNX's LRN.
public struct ResponseNormalization: Sendable, Equatable {
  public let size: Int
  public let alpha: Float
  public let beta: Float
  public let bias: Float

  public init(size: Int, alpha: Float, beta: Float, bias: Float) {
    self.size = size
    self.alpha = alpha
    self.beta = beta
    self.bias = bias
  }
}
