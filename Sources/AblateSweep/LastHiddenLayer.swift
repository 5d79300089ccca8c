import AblateModel
import AblateRuntime

/// The last hidden layer of a model that ends in two dense layers, the first with ReLU and the second with the scores of classes: what the
/// lead of a row takes to compute once one of its inputs has changed.
final class LastHiddenLayer: Sendable {
  /// [classes, stride], of the output layer.
  private let scoreWeights: Buffer<Float>
  let leads: UpdatedLeads

  /// nil if the model ends otherwise.
  init?(model: Model) throws(AblateError) {
    let point = model.steps.count - 2
    guard point >= 0, case .dense(let hidden) = model.steps[point], case .dense(let last) = model.steps[point + 1],
      case .dense(let matrix) = model.layers[hidden].packed, model.layers[hidden].activation.kind == .relu,
      model.layers[last].activation == .identity, model.head != .binary
    else { return nil }
    let output = model.layers[last]
    let stride = RowStride.padded(output.inputs)
    scoreWeights = try Buffer(rows: output.units, columns: stride)
    for unit in 0..<output.units {
      (scoreWeights.pointer + unit * stride).copy(
        from: output.weights.pointer + unit * output.inputs, count: output.inputs)
    }
    leads = UpdatedLeads(
      point: point, inputWeights: PackedMatrix.InputWeights(of: matrix),
      scoreWeights: UnsafePointer(scoreWeights.pointer), stride: stride, bias: UnsafePointer(output.bias.pointer))
  }
}
