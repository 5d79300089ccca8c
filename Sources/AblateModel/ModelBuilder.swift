import AblateRuntime

/// The order of a weight matrix in memory, slowest axis first.
///
/// Raw values are those of `ablate_layout` in the C header.
public enum WeightLayout: Int32, Sendable {
  /// [units, inputs]: PyTorch.
  case outIn = 0
  /// [inputs, units]: scikit-learn, Keras.
  case inOut = 1
}

/// Makes a model step by step. Everything given is copied; what throws changes nothing.
///
/// A step reads the values of the one before it, or of the point that is named: 0 is the input, p what step p - 1 computes.
public struct ModelBuilder {
  public let inputShape: [Int]
  let kernels: KernelTable
  private(set) var steps: [Step] = []
  private(set) var sources: [[Int]] = []
  private(set) var layers: [Layer] = []
  /// The axes of the values at each point so far.
  public private(set) var shapes: [ValueShape]
  private var head: Head?
  private var classLabels: [String]?

  /// - Parameter inputShape: the shape of a row, without the batch axis; each length at least 1.
  public init(inputShape: [Int], kernels: KernelTable = Kernels.current) throws(AblateError) {
    guard !inputShape.isEmpty else { throw AblateError(.invalidArgument, "the input shape has no axis") }
    var width = 1
    for length in inputShape {
      let (product, overflow) = width.multipliedReportingOverflow(by: length)
      guard length >= 1, !overflow, product <= Self.widthLimit else {
        throw AblateError(
          .invalidArgument,
          "the input shape has an axis of length \(UInt(bitPattern: length)): each must be at least 1, and a row at most \(Self.widthLimit) values"
        )
      }
      width = product
    }
    self.inputShape = inputShape
    let image = ValueShape.image(ofInput: inputShape)
    shapes = [image.flatMap { $0.isSameChannelsFirst ? $0 : nil } ?? .flat(width)]
    self.kernels = kernels
  }

  /// Values per row after the last step so far.
  public var width: Int { shapes[shapes.count - 1].count }

  /// The point behind the last step so far.
  public var lastPoint: Int { steps.count }

  /// Rows wider than this are refused: strides and products of them stay far from overflow.
  public static var widthLimit: Int { 1 << 31 }

  /// Adds activation(W x + b).
  ///
  /// - Parameters:
  ///   - weights: `units` times `width` finite values in `layout`.
  ///   - bias: `units` finite values, or nil for zeros.
  public mutating func addDense(
    name: String, units: Int, layout: WeightLayout, weights: UnsafeBufferPointer<Float>,
    bias: UnsafeBufferPointer<Float>?, activation: Activation, from source: Int? = nil
  ) throws(AblateError) {
    let source = try self.source(source)
    let label = label("dense layer", name)
    let inputs = shapes[source].count
    guard units >= 1, units <= Self.widthLimit else {
      throw AblateError(
        .invalidArgument,
        "\(label) has \(UInt(bitPattern: units)) units: 1 to \(Self.widthLimit) are possible")
    }
    let (count, overflow) = units.multipliedReportingOverflow(by: inputs)
    guard !overflow, weights.count == count else {
      throw AblateError(
        .invalidArgument,
        "\(label) has \(weights.count) weights: \(units) units of \(inputs) inputs need \(units) x \(inputs)"
      )
    }
    guard bias == nil || bias?.count == units else {
      throw AblateError(.invalidArgument, "\(label) has \(bias?.count ?? 0) biases: expected \(units)")
    }
    try requireNewName(name)
    try requireFinite(weights, "a weight", of: label)
    if let bias { try requireFinite(bias, "a bias", of: label) }
    let ownWeights = try Buffer<Float>(count: count)
    let ownBias = try Buffer<Float>(count: units)
    for unit in 0..<units {
      for input in 0..<inputs {
        ownWeights.pointer[unit * inputs + input] =
          layout == .outIn ? weights[unit * inputs + input] : weights[input * units + unit]
      }
      ownBias.pointer[unit] = bias?[unit] ?? 0
    }
    let layer = try Layer(
      name: name, units: units, inputs: inputs, activation: activation, weights: ownWeights, bias: ownBias,
      kernels: kernels)
    add(layer, from: source)
  }

  mutating func add(_ step: Step, _ sources: [Int], _ shape: ValueShape) {
    steps.append(step)
    self.sources.append(sources)
    shapes.append(shape)
  }

  mutating func add(_ layer: Layer, from source: Int) {
    let number = layers.count
    add(layer.convolution == nil ? .dense(layer: number) : .convolution(layer: number), [source], layer.shape)
    layers.append(layer)
  }

  func source(_ point: Int?) throws(AblateError) -> Int {
    let point = point ?? lastPoint
    guard shapes.indices.contains(point) else {
      throw AblateError(
        .invalidArgument, "point \(UInt(bitPattern: point)) does not exist: there are \(steps.count) steps so far")
    }
    return point
  }

  /// Adds y = (x - center) * scale + shift. Each array has as many finite values as a row, or as it has channels at each position; or is
  /// nil for 0, 1 and 0.
  public mutating func addAffine(
    name: String, center: UnsafeBufferPointer<Float>?, scale: UnsafeBufferPointer<Float>?,
    shift: UnsafeBufferPointer<Float>?, isPerChannel: Bool = false, from source: Int? = nil
  ) throws(AblateError) {
    let source = try self.source(source)
    let shape = shapes[source]
    try requireNewName(name)
    let parameterCount = (center?.count ?? 0) + (scale?.count ?? 0) + (shift?.count ?? 0)
    let width = isPerChannel ? shape.channels : shape.count
    let label = label("affine step", name)
    let center = try copy(center, count: width, default: 0, "center", of: label)
    let scale = try copy(scale, count: width, default: 1, "scale", of: label)
    let shift = try copy(shift, count: width, default: 0, "shift", of: label)
    let affine = AffineStep(
      name: name, width: width, positions: shape.count / width, center: center, scale: scale, shift: shift,
      parameterCount: parameterCount)
    add(.affine(affine), [source], shape)
  }

  /// Adds an activation function of its own; right behind a layer without one, give it to that layer instead, so that its units have it.
  public mutating func addActivation(
    name: String, _ activation: Activation, from source: Int? = nil
  ) throws(AblateError) {
    let source = try self.source(source)
    try requireNewName(name)
    add(.activation(name: name, activation, width: shapes[source].count), [source], shapes[source])
  }

  /// Without it: `logits` for two or more scores, `regression` for one.
  public mutating func setHead(_ head: Head) { self.head = head }

  public mutating func setClassLabels(_ labels: [String]) { classLabels = labels }

  /// Makes the model from what was added so far.
  public func build() throws(AblateError) -> Model {
    switch steps.last {
    case .dense, .convolution, .operation: break
    case .affine, .activation, nil:
      throw AblateError(
        .invalidArgument,
        "the last step of a model must be a dense layer, a convolution, a pooling, a sum or a product")
    }
    try requireAllRead()
    let head = head ?? (width == 1 ? .regression : .logits)
    if head == .binary && width != 1 {
      throw AblateError(.invalidArgument, "a binary head needs one score, the output layer has \(width) units")
    }
    if head.classCount(scores: width) == 1 {
      throw AblateError(.invalidArgument, "a classifier with one score needs a binary head")
    }
    let named = head == .multilabel ? width : head.classCount(scores: width)
    if let classLabels { try Model.require(classLabels: classLabels, count: named) }
    return Model(
      inputShape: inputShape, steps: steps, sources: sources, shapes: shapes, layers: layers, head: head,
      classLabels: classLabels, kernels: kernels)
  }

  /// Layers from which no way leads to the scores could be ablated without a change: most likely a source is wrong.
  private func requireAllRead() throws(AblateError) {
    var isRead = Array(repeating: false, count: steps.count + 1)
    isRead[steps.count] = true
    for step in steps.indices.reversed() where isRead[step + 1] {
      for source in sources[step] { isRead[source] = true }
    }
    for step in steps.indices where !isRead[step + 1] {
      switch steps[step] {
      case .dense(let layer), .convolution(let layer):
        throw AblateError(
          .invalidArgument, "what layer \(layer)\(layers[layer].quotedName) gives does not lead to the scores")
      case .affine, .activation, .operation: break
      }
    }
  }

  /// How errors call the step that is about to be added.
  package func label(_ kind: StaticString, _ name: String) -> ErrorText { .step(kind, name, at: steps.count) }

  func requireNewName(_ name: String) throws(AblateError) {
    guard !name.isEmpty else { return }
    for step in steps {
      let taken =
        switch step {
        case .dense(let layer), .convolution(let layer): layers[layer].name
        case .affine(let affine): affine.name
        case .activation(let name, _, _): name
        case .operation(let operation): operation.name
        }
      if taken.hasSameBytes(as: name) {
        throw AblateError(.invalidArgument, "the name '\(name)' is taken by an earlier step")
      }
    }
  }

  func requireFinite(_ values: UnsafeBufferPointer<Float>, _ what: ErrorText, of label: ErrorText) throws(AblateError) {
    for index in values.indices where !values[index].isFinite {
      throw AblateError(.invalidArgument, "\(label) has \(what) that is not finite, at index \(index)")
    }
  }

  private func copy(
    _ values: UnsafeBufferPointer<Float>?, count width: Int, default value: Float, _ what: String, of label: ErrorText
  ) throws(AblateError) -> Buffer<Float> {
    let own = try Buffer<Float>(count: width)
    guard let values else {
      own.pointer.update(repeating: value, count: width)
      return own
    }
    guard values.count == width else {
      throw AblateError(.invalidArgument, "\(label) has \(values.count) values of \(what): expected \(width)")
    }
    try requireFinite(values, "a \(what)", of: label)
    for index in values.indices { own.pointer[index] = values[index] }
    return own
  }
}
