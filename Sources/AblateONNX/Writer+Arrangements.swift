import AblateModel
import AblateRuntime

extension Writer {
  /// Values in other places. What only changes between the order of images in memory and that of the file needs no node.
  func add(
    _ arrangement: Arrangement, _ operation: Operation, _ index: Int, of model: Model
  ) throws(AblateError) {
    let (shape, source) = (operation.shape, model.sources[index][0])
    let width = model.shapes[source].count
    if let image = points[source].image, image.shape.count == shape.count,
      Self.isTransposed(arrangement, image.shape, toLast: false)
    {
      value = image.name
      add("Flatten", name: operation.name)
      set("axis", integer: 1)
      return endPoint(nil, isArranged: true)
    }
    // Whoever reads the file finds it where the image is read.
    if operation.name.isEmpty, width == shape.count, Self.isTransposed(arrangement, shape, toLast: true),
      readsOneImage(index + 1, of: model)
    {
      let axes = [shape.channels, shape.height, shape.width]
      if source == 0 && model.inputShape == axes {
        value = "input"
      } else {
        readFlat(source)
        reshape(axes)
      }
      return endPoint(shape)
    }
    readFlat(source)
    if points[source].isArranged { separate() }
    var needsFill = false
    for value in 0..<shape.count where arrangement.sources.pointer[value] < 0 { needsFill = true }
    if needsFill {
      // Index -1 is that of the last.
      add("Pad", [value, constant(integers: [0, 0, 0, 1]), try constant(arrangement.fill)])
    }
    gather(arrangement.sources, name: operation.name)
    endPoint(nil, isArranged: true)
  }

  private func gather(_ indices: Buffer<Int32>, name: String) {
    add("Gather", [value, constant(indices)], name: name)
    set("axis", integer: 1)
  }

  /// Whether the values of an image go from channels first to channels last, or the other way.
  private static func isTransposed(_ arrangement: Arrangement, _ image: ValueShape, toLast: Bool) -> Bool {
    if image.isSameChannelsFirst { return false }
    return (0..<image.count).allSatisfy {
      Int(arrangement.sources.pointer[$0]) == (toLast ? image.placeChannelsFirst($0) : image.placeChannelsLast($0))
    }
  }

  /// Whether one step reads a point, and takes it for the image it is.
  private func readsOneImage(_ point: Int, of model: Model) -> Bool {
    var count = 0
    var isImage = true
    for (index, step) in model.steps.enumerated() {
      for source in model.sources[index] where source == point { count += 1 }
      guard model.sources[index].contains(point) else { continue }
      let shape = model.shapes[point]
      switch step {
      case .convolution(let layer):
        let geometry = model.layers[layer].convolution?.geometry
        isImage = geometry?.inputHeight == shape.height && geometry?.inputWidth == shape.width
      case .affine(let affine): isImage = affine.positions == shape.positions
      case .operation(let operation):
        switch operation.kind {
        case .pooling(_, let geometry):
          isImage = geometry.inputHeight == shape.height && geometry.inputWidth == shape.width
        case .globalMaximum, .globalAverage: isImage = operation.shape.channels == shape.channels
        case .responseNormalization: isImage = operation.shape == shape
        default: isImage = false
        }
      case .dense, .activation: isImage = false
      }
    }
    return count == 1 && isImage
  }

  /// Sums of a few values each, written out term by term.
  func add(_ mixture: Mixture, _ operation: Operation, from source: Int) throws(AblateError) {
    let count = operation.shape.count
    readFlat(source)
    let x = value
    var sum: String?
    for term in 0..<mixture.terms {
      let indices = try Buffer<Int32>(count: count)
      let weights = try Buffer<Float>(count: count)
      for index in 0..<count {
        indices.pointer[index] = mixture.sources.pointer[index * mixture.terms + term]
        weights.pointer[index] = mixture.weights.pointer[index * mixture.terms + term]
      }
      value = x
      gather(indices, name: "")
      add("Mul", [value, constant("weight", of: "", weights, dims: [count])])
      if let sum { add("Add", [sum, value]) }
      sum = value
    }
    separate()
    endPoint(nil)
  }
}
