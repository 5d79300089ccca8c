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
public struct ModelBuilder {
  public let inputShape: [Int]
  let inputWidth: Int
  let kernels: KernelTable
  private(set) var steps: [Step] = []
  private(set) var layers: [Layer] = []
  private var head: Head?
  private var classLabels: [String]?
  /// Values per row after the last step so far.
  public private(set) var width: Int

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
    self.inputWidth = width
    self.width = width
    self.kernels = kernels
  }

  /// Rows wider than this are refused: strides and products of them stay far from overflow.
  public static var widthLimit: Int { 1 << 31 }

  /// Adds activation(W x + b).
  ///
  /// - Parameters:
  ///   - weights: `units` times `width` finite values in `layout`.
  ///   - bias: `units` finite values, or nil for zeros.
  public mutating func addDense(
    name: String, units: Int, layout: WeightLayout, weights: UnsafeBufferPointer<Float>,
    bias: UnsafeBufferPointer<Float>?,
    activation: Activation
  ) throws(AblateError) {
    let inputs = width
    guard units >= 1, units <= Self.widthLimit else {
      throw AblateError(
        .invalidArgument,
        "dense layer '\(name)' has \(UInt(bitPattern: units)) units: 1 to \(Self.widthLimit) are possible")
    }
    let (count, overflow) = units.multipliedReportingOverflow(by: inputs)
    guard !overflow, weights.count == count else {
      throw AblateError(
        .invalidArgument,
        "dense layer '\(name)' has \(weights.count) weights: \(units) units of \(inputs) inputs need \(units) x \(inputs)"
      )
    }
    guard bias == nil || bias?.count == units else {
      throw AblateError(.invalidArgument, "dense layer '\(name)' has \(bias?.count ?? 0) biases: expected \(units)")
    }
    try requireNewName(name)
    try requireFinite(weights, "a weight", of: name)
    if let bias { try requireFinite(bias, "a bias", of: name) }
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
    steps.append(.dense(layer: layers.count))
    layers.append(layer)
    width = units
  }

  /// Adds y = (x - center) * scale + shift. Each array has `width` finite values, or is nil for 0, 1 and 0.
  public mutating func addAffine(
    name: String, center: UnsafeBufferPointer<Float>?, scale: UnsafeBufferPointer<Float>?,
    shift: UnsafeBufferPointer<Float>?
  ) throws(AblateError) {
    try requireNewName(name)
    let parameterCount = (center?.count ?? 0) + (scale?.count ?? 0) + (shift?.count ?? 0)
    let center = try copy(center, default: 0, "center", of: name)
    let scale = try copy(scale, default: 1, "scale", of: name)
    let shift = try copy(shift, default: 0, "shift", of: name)
    steps.append(
      .affine(
        AffineStep(
          name: name, width: width, center: center, scale: scale, shift: shift, parameterCount: parameterCount)))
  }

  /// Adds an activation function of its own; right behind a dense layer without one, give it to `addDense` instead, so that the layer's
  /// units have it.
  public mutating func addActivation(name: String, _ activation: Activation) throws(AblateError) {
    try requireNewName(name)
    steps.append(.activation(name: name, activation, width: width))
  }

  /// Without it: `logits` for two or more scores, `regression` for one.
  public mutating func setHead(_ head: Head) { self.head = head }

  public mutating func setClassLabels(_ labels: [String]) { classLabels = labels }

  /// Makes the model from what was added so far.
  public func build() throws(AblateError) -> Model {
    guard case .dense? = steps.last else {
      throw AblateError(.invalidArgument, "the last step of a model must be a dense layer")
    }
    let head = head ?? (width == 1 ? .regression : .logits)
    if head == .binary && width != 1 {
      throw AblateError(.invalidArgument, "a binary head needs one score, the output layer has \(width) units")
    }
    if head.classCount(scores: width) == 1 {
      throw AblateError(.invalidArgument, "a classifier with one score needs a binary head")
    }
    let named = head == .multilabel ? width : head.classCount(scores: width)
    if let classLabels, classLabels.count != named {
      throw AblateError(.invalidArgument, "\(classLabels.count) class labels were given for \(named) classes")
    }
    return Model(
      inputShape: inputShape, inputWidth: inputWidth, steps: steps, layers: layers, head: head,
      classLabels: classLabels,
      kernels: kernels)
  }

  private func requireNewName(_ name: String) throws(AblateError) {
    guard !name.isEmpty else { return }
    for step in steps {
      let taken =
        switch step {
        case .dense(let layer): layers[layer].name
        case .affine(let affine): affine.name
        case .activation(let name, _, _): name
        }
      if taken.utf8.elementsEqual(name.utf8) {
        throw AblateError(.invalidArgument, "the name '\(name)' is taken by an earlier step")
      }
    }
  }

  private func requireFinite(_ values: UnsafeBufferPointer<Float>, _ what: String, of name: String) throws(AblateError)
  {
    for index in values.indices where !values[index].isFinite {
      throw AblateError(.invalidArgument, "step '\(name)' has \(what) that is not finite, at index \(index)")
    }
  }

  private func copy(
    _ values: UnsafeBufferPointer<Float>?, default value: Float, _ what: String, of name: String
  ) throws(AblateError) -> Buffer<Float> {
    let own = try Buffer<Float>(count: width)
    guard let values else {
      own.pointer.update(repeating: value, count: width)
      return own
    }
    guard values.count == width else {
      throw AblateError(.invalidArgument, "step '\(name)' has \(values.count) values of \(what): expected \(width)")
    }
    try requireFinite(values, "a \(what)", of: name)
    for index in values.indices { own.pointer[index] = values[index] }
    return own
  }
}
