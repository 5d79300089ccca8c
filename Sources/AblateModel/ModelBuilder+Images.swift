import AblateRuntime

extension ModelBuilder {
  /// Adds activation(W x + b) of a window over the positions of an image.
  ///
  /// - Parameters:
  ///   - weights: [units, channels / groups, kernel height, kernel width] finite values.
  ///   - bias: `units` finite values, or nil for zeros.
  public mutating func addConvolution(
    name: String, units: Int, window: ImageWindow, groups: Int = 1, weights: UnsafeBufferPointer<Float>,
    bias: UnsafeBufferPointer<Float>?, activation: Activation, from source: Int? = nil, as image: ValueShape? = nil
  ) throws(AblateError) {
    let source = try self.source(source)
    let label = label("convolution", name)
    let shape = try shape(of: source, as: image, label)
    let geometry = try geometry(window, over: shape, label)
    let inputs = try inputsPerUnit(shape, units: units, groups: groups, label)
    guard let count = Self.weightCount(geometry, units: units, inputs: inputs), weights.count == count else {
      throw AblateError(
        .invalidArgument,
        "\(label) has \(weights.count) weights: \(units) units of \(inputs) channels need \(units) x \(inputs) x \(geometry.kernelHeight) x \(geometry.kernelWidth)"
      )
    }
    guard bias == nil || bias?.count == units else {
      throw AblateError(.invalidArgument, "\(label) has \(bias?.count ?? 0) biases: expected \(units)")
    }
    _ = try checked(
      ValueShape(height: geometry.outputHeight, width: geometry.outputWidth, channels: units), label)
    try requireNewName(name)
    try requireFinite(weights, "a weight", of: label)
    if let bias { try requireFinite(bias, "a bias", of: label) }
    let ownWeights = try Buffer<Float>(count: count)
    let ownBias = try Buffer<Float>(count: units)
    let kernel = ValueShape(height: geometry.kernelHeight, width: geometry.kernelWidth, channels: inputs)
    for unit in 0..<units {
      if let start = weights.baseAddress {
        kernel.copyChannelsLast(
          start + unit * kernel.count, into: ownWeights.pointer + unit * kernel.count,
          positions: 0..<kernel.positions)
      }
      ownBias.pointer[unit] = bias?[unit] ?? 0
    }
    add(
      try Layer(
        name: name, units: units, inputs: inputs, convolution: Convolution(geometry: geometry, groups: groups),
        activation: activation, weights: ownWeights, bias: ownBias, kernels: kernels), from: source)
  }

  /// How many weights `addConvolution` takes for these.
  ///
  /// - Throws: `invalidArgument` if the window does not fit, or the units are more than memory can hold.
  public func convolutionWeights(
    name: String, units: Int, window: ImageWindow, groups: Int, from source: Int
  ) throws(AblateError) -> Int {
    let shape = shapes[try self.source(source)]
    let label = label("convolution", name)
    let geometry = try geometry(window, over: shape, label)
    let inputs = try inputsPerUnit(shape, units: units, groups: groups, label)
    guard let count = Self.weightCount(geometry, units: units, inputs: inputs), count <= 1 << 54 else {
      throw AblateError(.invalidArgument, "\(label) has more weights than memory can hold")
    }
    return count
  }

  private func inputsPerUnit(
    _ shape: ValueShape, units: Int, groups: Int, _ label: ErrorText
  ) throws(AblateError) -> Int {
    guard units >= 1, groups >= 1, units % groups == 0, shape.channels % groups == 0 else {
      throw AblateError(
        .invalidArgument,
        "\(label) has \(UInt(bitPattern: units)) units in \(UInt(bitPattern: groups)) groups over \(shape.channels) channels"
      )
    }
    return shape.channels / groups
  }

  /// nil if it cannot be counted.
  private static func weightCount(_ geometry: WindowGeometry, units: Int, inputs: Int) -> Int? {
    let (perUnit, overflow) = geometry.taps.multipliedReportingOverflow(by: inputs)
    let (count, beyond) = perUnit.multipliedReportingOverflow(by: units)
    return overflow || beyond ? nil : count
  }

  /// Adds what pooling makes of each channel in a window.
  public mutating func addPooling(
    name: String, _ pooling: Pooling, window: ImageWindow, from source: Int? = nil, as image: ValueShape? = nil
  ) throws(AblateError) {
    let source = try self.source(source)
    let label = label("pooling", name)
    let shape = try shape(of: source, as: image, label)
    let geometry = try geometry(window, over: shape, label)
    guard !window.isEmptySomewhere(over: shape, pooling) else {
      throw AblateError(.invalidArgument, "a window of \(label) lies in padding alone: nothing to pool")
    }
    try add(
      name, .pooling(pooling, geometry), [source],
      ValueShape(height: geometry.outputHeight, width: geometry.outputWidth, channels: shape.channels))
  }

  /// Adds the largest value, or the mean, of each channel over all positions.
  public mutating func addGlobalPooling(
    name: String, isMaximum: Bool, from source: Int? = nil, as image: ValueShape? = nil
  ) throws(AblateError) {
    let source = try self.source(source)
    let label = label("global pooling", name)
    let channels = try shape(of: source, as: image, label).channels
    try add(name, isMaximum ? .globalMaximum : .globalAverage, [source], .flat(channels))
  }

  /// Adds activation(a + b) of two points of as many values.
  public mutating func addSum(
    name: String, of first: Int, and second: Int, activation: Activation = .identity, as image: ValueShape? = nil
  ) throws(AblateError) {
    let (first, second) = (try source(first), try source(second))
    let label = label("sum", name)
    let shape = try shape(of: first, as: image, label)
    try requireCount(second, shape.count, label)
    try add(name, .sum(activation), [first, second], shape)
  }

  /// Adds a * b of two points of as many values; or of an image and a point that has one value for each of its channels.
  public mutating func addProduct(
    name: String, of first: Int, and second: Int, as image: ValueShape? = nil
  ) throws(AblateError) {
    let (first, second) = (try source(first), try source(second))
    let label = label("product", name)
    let shape = try shape(of: first, as: image, label)
    let isPerChannel = shape.positions > 1 && shapes[second].count == shape.channels
    if !isPerChannel { try requireCount(second, shape.count, label) }
    try add(name, isPerChannel ? .channelProduct : .product, [first, second], shape)
  }

  /// Adds the channels of some points, of `height` times `width` positions each, behind each other.
  public mutating func addConcatenation(name: String, of points: [Int], height: Int, width: Int) throws(AblateError) {
    var sources: [Int] = []
    let label = label("concatenation", name)
    let positions = try checked(ValueShape(height: height, width: width, channels: 1), label).count
    var channels = 0
    for point in points {
      let source = try source(point)
      guard shapes[source].count % positions == 0 else {
        throw AblateError(.invalidArgument, "\(label) joins images of different sizes")
      }
      sources.append(source)
      channels += shapes[source].count / positions
    }
    try add(name, .concatenation, sources, ValueShape(height: height, width: width, channels: channels))
  }

  /// Adds y_i = x at sources[i], or `fill` where that is -1, as values of `shape`.
  public mutating func addArrangement(
    name: String, shape: ValueShape, sources: Buffer<Int32>, fill: Float = 0, from source: Int? = nil
  ) throws(AblateError) {
    let source = try self.source(source)
    let label = label("arrangement", name)
    try requireIndices(sources, count: try checked(shape, label).count, of: source, label)
    try add(name, .arrangement(Arrangement(sources: sources, fill: fill, shape: shape)), [source], shape)
  }

  /// Adds y_i = Σ weights[i, t] * x at sources[i, t], as values of `shape`.
  public mutating func addMixture(
    name: String, shape: ValueShape, terms: Int, sources: Buffer<Int32>, weights: Buffer<Float>, from source: Int? = nil
  ) throws(AblateError) {
    let source = try self.source(source)
    let label = label("interpolation", name)
    let (count, overflow) = try checked(shape, label).count.multipliedReportingOverflow(by: terms)
    guard !overflow, weights.count == count else {
      throw AblateError(.invalidArgument, "\(label) has \(weights.count) weights: expected \(count)")
    }
    try requireIndices(sources, count: count, of: source, label)
    guard (0..<count).allSatisfy({ sources.pointer[$0] >= 0 }) else {
      throw AblateError(.invalidArgument, "\(label) has a term without a source")
    }
    try add(name, .mixture(Mixture(terms: terms, sources: sources, weights: weights)), [source], shape)
  }

  public mutating func addResponseNormalization(
    name: String, _ normalization: ResponseNormalization, from source: Int? = nil, as image: ValueShape? = nil
  ) throws(AblateError) {
    let source = try self.source(source)
    let label = label("response normalization", name)
    let shape = try shape(of: source, as: image, label)
    guard normalization.size >= 1, normalization.size <= 1 << 24 else {
      throw AblateError(.invalidArgument, "\(label) sums over \(UInt(bitPattern: normalization.size)) channels")
    }
    try add(name, .responseNormalization(normalization), [source], shape)
  }

  private mutating func add(
    _ name: String, _ kind: Operation.Kind, _ sources: [Int], _ shape: ValueShape
  ) throws(AblateError) {
    try requireNewName(name)
    add(
      .operation(Operation(name: name, kind: kind, shape: try checked(shape, label(kind.name, name)))), sources, shape)
  }

  private func geometry(
    _ window: ImageWindow, over shape: ValueShape, _ label: ErrorText
  ) throws(AblateError) -> WindowGeometry {
    guard let geometry = window.geometry(over: shape) else {
      throw AblateError(
        .invalidArgument,
        "the window of \(label) does not go over an image of \(shape.height) x \(shape.width)")
    }
    return geometry
  }

  /// - Throws: `invalidArgument` if a row would be wider than `widthLimit`.
  private func checked(_ shape: ValueShape, _ label: ErrorText) throws(AblateError) -> ValueShape {
    let (positions, overflow) = shape.height.multipliedReportingOverflow(by: shape.width)
    let (count, beyond) = positions.multipliedReportingOverflow(by: shape.channels)
    guard shape.height >= 1, shape.width >= 1, shape.channels >= 1, !overflow, !beyond, count <= Self.widthLimit else {
      throw AblateError(
        .invalidArgument, "\(label) has no values, or rows of more than \(Self.widthLimit)")
    }
    return shape
  }

  /// The axes of a point's values: its own, or `image`, which has as many.
  private func shape(of source: Int, as image: ValueShape?, _ label: ErrorText) throws(AblateError) -> ValueShape {
    guard let image else { return shapes[source] }
    try requireCount(source, try checked(image, label).count, label)
    return image
  }

  private func requireCount(_ point: Int, _ count: Int, _ label: ErrorText) throws(AblateError) {
    guard shapes[point].count == count else {
      throw AblateError(
        .invalidArgument, "\(label) needs rows of \(count) values, and has some of \(shapes[point].count)")
    }
  }

  private func requireIndices(
    _ indices: Buffer<Int32>, count: Int, of source: Int, _ label: ErrorText
  ) throws(AblateError) {
    let width = shapes[source].count
    var smallest: Int32 = 0
    var largest: Int32 = -1
    if indices.count == count {
      for place in 0..<count {
        smallest = min(smallest, indices.pointer[place])
        largest = max(largest, indices.pointer[place])
      }
    }
    guard indices.count == count, smallest >= -1, Int(largest) < width else {
      throw AblateError(.invalidArgument, "\(label) names a value that is not there")
    }
  }
}
