import AblateModel
import AblateRuntime

/// Where a model's class activation maps come from: it ends in the mean of each channel of an image over all positions, and an output layer
/// that reads these means.
///
/// CAM_c(p) = Σ_k w_ck A_k(p), with A_k(p) the channels of that image and w_ck the weights of class c: the score of c is its bias plus the
/// mean of the map (Zhou et al. 2016, arXiv 1512.04150).
public struct MapSource: Sendable {
  public let model: Model
  /// The axes of the image.
  public let shape: ValueShape
  /// The layer whose units are its channels; nil if another step computes it.
  public let layer: Int?
  /// The size of the image that the model takes; nil if its rows are none.
  public let input: (height: Int, width: Int)?
  /// The step that takes the means, and the point it reads.
  let poolingStep: Int
  let point: Int

  /// - Throws: `unsupported` for a model that ends in another way.
  public init(_ model: Model) throws(AblateError) {
    let steps = model.steps
    guard let last = steps.last, let output = Self.outputLayer(last, of: model), let means = model.sources.last?.first,
      means > 0, Self.isMean(steps[means - 1], of: model.shapes[model.sources[means - 1][0]]),
      model.sources[means - 1][0] > 0, output.inputs == model.shapes[means].channels
    else {
      throw AblateError(
        .unsupported,
        "class activation maps need a model that ends in global average pooling and a dense layer (or 1 x 1 convolution)"
      )
    }
    self.model = model
    poolingStep = means - 1
    point = model.sources[poolingStep][0]
    shape = model.shapes[point]
    switch steps[point - 1] {
    case .convolution(let layer), .dense(let layer): self.layer = layer
    case .affine, .activation, .operation: layer = nil
    }
    input = Self.input(of: model)
  }

  /// A layer without an activation function of its own whose values have no positions.
  private static func outputLayer(_ step: Step, of model: Model) -> Layer? {
    switch step {
    case .dense(let index), .convolution(let index):
      let layer = model.layers[index]
      let isWhole = layer.taps == 1 && layer.positions == 1 && layer.groups == 1
      return isWhole && layer.activation == .identity ? layer : nil
    case .affine, .activation, .operation: return nil
    }
  }

  private static func isMean(_ step: Step, of shape: ValueShape) -> Bool {
    guard case .operation(let operation) = step else { return false }
    switch operation.kind {
    case .globalAverage: return operation.isMean(of: shape)
    case .pooling(.average, let window), .pooling(.averageCountingPadding, let window):
      return window
        == WindowGeometry(
          inputHeight: shape.height, inputWidth: shape.width, kernelHeight: shape.height, kernelWidth: shape.width,
          strideY: window.strideY, strideX: window.strideX, outputHeight: 1, outputWidth: 1)
    default: return false
    }
  }

  /// The axes of the input without that of the channels, which is the one as long as those of the first window.
  private static func input(of model: Model) -> (height: Int, width: Int)? {
    guard let image = firstImage(of: model) else { return nil }
    let shape = model.inputShape
    guard shape.count == 2 || shape.count == 3 else {
      return image.count == model.inputWidth ? (image.height, image.width) : nil
    }
    let (first, last) = (shape[0], shape[shape.count - 1])
    // [height, width] of one channel.
    if shape.count == 2 && image.height > 1 { return (first, last) }
    // Where neither fits, as channels were left out or repeated, images are larger than they have channels.
    let areChannelsFirst = first == image.channels || (last != image.channels && first < last)
    if shape.count == 2 { return (1, areChannelsFirst ? last : first) }
    return areChannelsFirst ? (shape[1], last) : (first, shape[1])
  }

  /// What the first window goes over; nil if there is none.
  private static func firstImage(of model: Model) -> ValueShape? {
    for step in model.steps {
      switch step {
      case .convolution(let index):
        let layer = model.layers[index]
        if let convolution = layer.convolution {
          return image(convolution.geometry, channels: layer.inputs * convolution.groups)
        }
      case .operation(let operation):
        if case .pooling(_, let geometry) = operation.kind {
          return image(geometry, channels: operation.shape.channels)
        }
      case .dense, .affine, .activation: break
      }
    }
    return nil
  }

  private static func image(_ geometry: WindowGeometry, channels: Int) -> ValueShape {
    ValueShape(height: geometry.inputHeight, width: geometry.inputWidth, channels: channels)
  }

  /// Classes that have a map: those of a classifier, the labels of a multilabel model, the outputs of a regression.
  public var mapCount: Int { model.head == .binary ? 2 : model.outputWidth }

  /// - Throws: `invalidArgument` if there is no such class.
  public func require(class index: Int) throws(AblateError) {
    guard index >= 0, index < mapCount else {
      throw AblateError(.invalidArgument, "class \(index) is out of range: the model has \(mapCount) classes")
    }
  }

  /// Writes w_ck of all channels, [channels]. Of a binary model, those of class 0 are minus those of class 1. Synapses that `mask` ablates
  /// count as 0.
  public func copyWeights(
    class index: Int, mask: Mask? = nil, into out: UnsafeMutablePointer<Float>
  ) throws(AblateError) {
    try model.require(mask)
    try require(class: index)
    let layer = model.layers.count - 1
    let unit = model.head == .binary ? 0 : index
    let sign: Float = model.head == .binary && index == 0 ? -1 : 1
    let values = model.layers[layer].weights.pointer + unit * shape.channels
    let ablated = mask?.synapses(layer: layer)
    for channel in 0..<shape.channels {
      let isAblated = ablated?.contains(row: unit, column: channel) ?? false
      out[channel] = isAblated ? 0 : sign * values[channel]
    }
  }

  /// The height and width of a map.
  ///
  /// - Throws: `unsupported` if it is to be as large as the input and the input is no image.
  public func size(upsampled: Bool) throws(AblateError) -> (height: Int, width: Int) {
    guard upsampled else { return (shape.height, shape.width) }
    guard let input else {
      throw AblateError(.unsupported, "rows of the model are no images of a known size")
    }
    return input
  }
}
