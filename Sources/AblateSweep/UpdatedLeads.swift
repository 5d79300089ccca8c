import AblateModel
import AblateRuntime

/// What a `LastHiddenLayer` keeps, as plain pointers: they are looked up for each row.
struct UpdatedLeads: BitwiseCopyable, @unchecked Sendable {
  /// The point of its inputs.
  let point: Int
  let inputWeights: PackedMatrix.InputWeights
  let scoreWeights: UnsafePointer<Float>
  let stride: Int
  let bias: UnsafePointer<Float>

  /// How far the score of a prediction is above that of a rival once an input has changed. Its rounding is within four times what the same
  /// chains of a run may come to.
  ///
  /// - Parameter preActivations: of the row before the change.
  @inline(__always)
  func lead(
    of prediction: Int, over rival: Int, _ preActivations: UnsafePointer<Float>, input: Int, change: Float,
    _ kernels: KernelTable
  ) -> Float {
    let lead = inputWeights.updatedLead(
      preActivations, input: input, change: change, scoreWeights + prediction * stride, scoreWeights + rival * stride,
      kernels)
    return lead + (bias[prediction] - bias[rival])
  }
}
