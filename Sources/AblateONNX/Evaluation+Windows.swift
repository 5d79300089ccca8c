import AblateModel
import AblateRuntime
import CONNX

extension Evaluation {
  /// Conv
  func convolution(_ node: Node) throws(AblateError) -> Value {
    let (rows, shape) = try image(try rows(node, 0), node)
    let weights = try constant(node, 1)
    try require(weights, rows.type, "weights", node)
    let axes = rows.shape.row.count - 1
    guard weights.dims.count == axes + 2, weights.count > 0 else {
      throw node.malformed("its weights have \(weights.dims.count) axes: expected \(axes + 2)")
    }
    let groups = try node.integer("group", default: 1)
    let units = weights.dims[0]
    guard groups > 0, shape.channels % groups == 0, weights.dims[1] == shape.channels / groups else {
      throw node.malformed(
        "its weights are for \(weights.dims[1]) channels in \(groups) groups, its input has \(shape.channels)")
    }
    guard units % groups == 0 else {
      throw node.malformed("its \(units) units do not divide into \(groups) groups")
    }
    let window = try window(node, over: shape, axes: axes, kernel: Array(weights.dims[2...]))
    var bias = Coefficients(0)
    if let value = try optionalInput(node, 2) {
      guard case .constant(let tensor) = value else { throw node.unsupported("its bias must be a constant") }
      try require(tensor, rows.type, "bias", node)
      guard tensor.dims == [units] else {
        throw node.malformed("its bias has \(tensor.count) values for \(units) units")
      }
      bias = coefficients(tensor)
    }
    try source.spend(weights.name.values.count)
    let layer = Weighted(
      name: layerName(node, weights), weights: weights, layout: .outIn, units: units, inputs: weights.count / units,
      alpha: 1, bias: bias, window: (window, groups), image: shape)
    return .rows(
      try images(.layer(layer), of: [rows], shape, to: try result(window, shape, channels: units, node), node))
  }

  /// MaxPool and AveragePool
  func pooling(_ node: Node, isMaximum: Bool) throws(AblateError) -> Value {
    let (rows, shape) = try image(try rows(node, 0), node)
    guard let kernel = try node.integers("kernel_shape") else { throw node.malformed("it has no kernel_shape") }
    var window = try window(node, over: shape, axes: rows.shape.row.count - 1, kernel: kernel)
    let ceilMode = try node.integer("ceil_mode", default: 0)
    guard (0...1).contains(ceilMode) else { throw node.malformed("its ceil_mode is \(ceilMode): 0 and 1 are known") }
    window.roundsUp = ceilMode == 1
    let countsPadding = try node.integer("count_include_pad", default: 0) != 0
    let pooling: Pooling = isMaximum ? .maximum : countsPadding ? .averageCountingPadding : .average
    let image = try result(window, shape, channels: shape.channels, node)
    guard !window.isEmptySomewhere(over: shape, pooling) else {
      throw node.unsupported("one of its windows lies in padding alone: nothing to pool")
    }
    return .rows(try images(.pooling(pooling, window: window), of: [rows], shape, to: image, node))
  }

  /// GlobalMaxPool and GlobalAveragePool
  func globalPooling(_ node: Node, isMaximum: Bool) throws(AblateError) -> Value {
    let (rows, shape) = try image(try rows(node, 0), node)
    return .rows(
      try images(
        .pooling(isMaximum ? .maximum : .average, window: nil), of: [rows], shape,
        to: ValueShape(height: 1, width: 1, channels: shape.channels), node))
  }

  /// What a window makes of an image.
  private func result(
    _ window: ImageWindow, _ shape: ValueShape, channels: Int, _ node: Node
  ) throws(AblateError) -> ValueShape {
    guard let positions = window.positions(over: shape) else {
      throw node.malformed("its window does not go over an image of \(shape.height) x \(shape.width)")
    }
    return ValueShape(height: positions.height, width: positions.width, channels: channels)
  }

  /// The window that a node's attributes describe.
  private func window(
    _ node: Node, over shape: ValueShape, axes: Int, kernel: [Int]
  ) throws(AblateError) -> ImageWindow {
    guard kernel.count == axes else {
      throw node.malformed("its window has \(kernel.count) axes, its input \(axes)")
    }
    if let named = try node.integers("kernel_shape"), named != kernel {
      throw node.malformed("its kernel_shape is not that of its weights")
    }
    let strides = try lengths(node, "strides", axes) ?? Array(repeating: 1, count: axes)
    let dilations = try lengths(node, "dilations", axes) ?? Array(repeating: 1, count: axes)
    var window = ImageWindow(height: axes == 2 ? kernel[0] : 1, width: kernel[axes - 1])
    window.strides = (axes == 2 ? strides[0] : 1, strides[axes - 1])
    window.dilations = (axes == 2 ? dilations[0] : 1, dilations[axes - 1])
    window.padding = try padding(node, window, over: shape, axes: axes)
    return window
  }

  private func lengths(_ node: Node, _ name: StaticString, _ count: Int) throws(AblateError) -> [Int]? {
    guard let values = try node.integers(name) else { return nil }
    guard values.count == count, values.allSatisfy({ (1...Self.longest).contains($0) }) else {
      throw node.malformed("its \(name) are not \(count) numbers of 1 or more")
    }
    return values
  }

  /// Products of two such lengths are far from overflow.
  private static let longest = 1 << 24

  private func padding(
    _ node: Node, _ window: ImageWindow, over shape: ValueShape, axes: Int
  ) throws(AblateError) -> ImagePadding {
    let mode = try node.attribute("auto_pad", .text)
    if let mode, mode.s.equals("SAME_UPPER") || mode.s.equals("SAME_LOWER") {
      let isUpper = mode.s.equals("SAME_UPPER")
      let y = same(shape.height, window.kernel.height, window.strides.height, window.dilations.height)
      let x = same(shape.width, window.kernel.width, window.strides.width, window.dilations.width)
      return ImagePadding(
        top: isUpper ? y / 2 : y - y / 2, left: isUpper ? x / 2 : x - x / 2, bottom: isUpper ? y - y / 2 : y / 2,
        right: isUpper ? x - x / 2 : x / 2)
    }
    if let mode, mode.s.equals("VALID") { return ImagePadding() }
    if let mode, !mode.s.isEmpty, !mode.s.equals("NOTSET") {
      throw node.malformed("its auto_pad \(mode.s.quoted) is not known")
    }
    guard let pads = try node.integers("pads") else { return ImagePadding() }
    guard pads.count == 2 * axes, pads.allSatisfy({ (0...Self.longest).contains($0) }) else {
      throw node.malformed("its pads are not \(2 * axes) numbers of 0 or more")
    }
    return axes == 1
      ? ImagePadding(left: pads[0], right: pads[1])
      : ImagePadding(top: pads[0], left: pads[1], bottom: pads[2], right: pads[3])
  }

  /// The padding of an axis with which there is a position for each stride, however many of them there are.
  private func same(_ length: Int, _ kernel: Int, _ stride: Int, _ dilation: Int) -> Int {
    guard (1...Self.longest).contains(kernel), length <= Self.longest else { return 0 }
    return max(0, ((length + stride - 1) / stride - 1) * stride + (kernel - 1) * dilation + 1 - length)
  }
}
