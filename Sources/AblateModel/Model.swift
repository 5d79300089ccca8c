import AblateRuntime

/// A trained network. Immutable but for the bounds and idle threads it keeps: any number of threads may use one.
public final class Model: Sendable {
  /// The shape of a row of input, without the batch axis.
  public let inputShape: [Int]
  /// Values in a row of input.
  public let inputWidth: Int
  /// In the order of execution.
  public let steps: [Step]
  /// Of each step, the points whose values it reads: point 0 is the input, point p what step p - 1 computes.
  public let sources: [[Int]]
  /// Of each point, the axes of its values.
  public let shapes: [ValueShape]
  /// The steps whose units can be ablated, numbered from 0.
  public let layers: [Layer]
  public let head: Head
  /// The names of the classes (of the labels, for `multilabel`) if the model has them.
  public let classLabels: [String]?
  package let kernels: KernelTable
  /// The step that computes each layer.
  package let stepOfLayer: [Int]
  /// From this step on, each is dense, affine or an activation function, and reads the one before it only.
  package let chainStart: Int
  package let bounds = BoundsPlace()
  package let crews: CrewPlace

  init(
    inputShape: [Int], steps: [Step], sources: [[Int]], shapes: [ValueShape], layers: [Layer], head: Head,
    classLabels: [String]?, kernels: KernelTable, crews: CrewPlace = CrewPlace()
  ) {
    self.inputShape = inputShape
    self.inputWidth = shapes[0].count
    self.steps = steps
    self.sources = sources
    self.shapes = shapes
    self.layers = layers
    self.head = head
    self.classLabels = classLabels
    self.kernels = kernels
    self.crews = crews
    var stepOfLayer: [Int] = []
    var chainStart = 0
    for (index, step) in steps.enumerated() {
      switch step {
      case .dense, .convolution: stepOfLayer.append(index)
      case .affine, .activation, .operation: break
      }
      if !step.isOfChains || sources[index] != [index] { chainStart = index + 1 }
    }
    self.stepOfLayer = stepOfLayer
    self.chainStart = chainStart
  }

  /// The layer whose values are the scores; `layers.count` if they are those of another step.
  public var outputLayer: Int { stepOfLayer.last == steps.count - 1 ? layers.count - 1 : layers.count }

  /// The point behind a layer.
  package func point(behindLayer layer: Int) -> Int { stepOfLayer[layer] + 1 }

  /// The steps that read a point.
  package func readers(ofPoint point: Int) -> [Int] { steps.indices.filter { sources[$0].contains(point) } }

  /// Values per row at a point.
  package func width(ofPoint point: Int) -> Int { shapes[point].count }

  /// Values per row where there are most.
  package var widestPoint: Int { shapes.reduce(0) { max($0, $1.count) } }

  /// The steps that follow a layer.
  public func steps(behindLayer layer: Int) -> Range<Int> { stepOfLayer[layer] + 1..<steps.count }

  /// Of all layers.
  package var unitCount: Int { layers.reduce(0) { $0 + $1.units } }

  /// Scores in a row: the values of the last step.
  public var outputWidth: Int { width(ofPoint: steps.count) }

  /// Classes a row can be predicted as; 0 for `multilabel` and `regression`.
  public var classCount: Int { head.classCount(scores: outputWidth) }

  /// Labels predicted per row: 1, the number of labels for `multilabel`, 0 for `regression`.
  public var predictionWidth: Int { head == .multilabel ? outputWidth : classCount == 0 ? 0 : 1 }

  /// Probabilities per row; 0 for `regression`.
  public var probabilityWidth: Int { head == .multilabel ? outputWidth : classCount }

  /// Weights and biases of all steps.
  public var parameterCount: Int { steps.reduce(0) { $0 + parameterCount(of: $1) } }

  public func parameterCount(of step: Step) -> Int {
    switch step {
    case .dense(let layer), .convolution(let layer): layers[layer].parameterCount
    case .affine(let affine): affine.parameterCount
    case .activation, .operation: 0
    }
  }

  /// Empty for a step without one.
  public func name(of step: Step) -> String {
    switch step {
    case .dense(let layer), .convolution(let layer): layers[layer].name
    case .affine(let affine): affine.name
    case .activation(let name, _, _): name
    case .operation(let operation): operation.name
    }
  }

  /// - Throws: `invalidArgument` if there is none; the message lists the names there are.
  public func layer(named name: String) throws(AblateError) -> Int {
    for (index, layer) in layers.enumerated() where !name.isEmpty && layer.name.hasSameBytes(as: name) {
      return index
    }
    var names = ErrorText.Parts(literalCapacity: 0, interpolationCount: 0)
    for (index, layer) in layers.enumerated() {
      names.appendLiteral(index == 0 ? "'" : ", '")
      names.appendInterpolation(layer.name)
      names.appendLiteral("'")
    }
    throw AblateError(
      .invalidArgument,
      "no layer is called '\(name)': the layers are \(ErrorText(stringInterpolation: names))")
  }

  /// - Throws: `invalidArgument` if there are none, one does not exist or is listed twice.
  package func requireDistinct(layers chosen: [Int]) throws(AblateError) {
    guard !chosen.isEmpty else { throw AblateError(.invalidArgument, "the list of layers is empty: name one at least") }
    for (position, layer) in chosen.enumerated() {
      try require(layer: layer)
      if chosen[..<position].contains(layer) {
        throw AblateError(.invalidArgument, "layer \(layer) is listed twice")
      }
    }
  }

  /// Whether a layer, and all behind it, is of the chain that the model ends in.
  package func isInChain(_ layer: Int) -> Bool { stepOfLayer[layer] >= chainStart }

  /// - Throws: `unsupported` if one of the layers is not of the chain of dense layers that the model ends in, which is all that `what`
  ///   can be done with.
  package func requireChain(_ what: StaticString, of layers: [Int]) throws(AblateError) {
    for layer in layers where !isInChain(layer) { throw unsupportedImages(what) }
  }

  /// What needs a chain of dense layers, and was asked for of a convolution or of something in front of one.
  package func unsupportedImages(_ what: StaticString) -> AblateError {
    AblateError(.unsupported, "\(what) works on the dense layers that no convolution or pooling follows")
  }

  /// - Throws: `invalidArgument` if there is no such layer.
  public func require(layer: Int) throws(AblateError) {
    guard layer >= 0, layer < layers.count else {
      throw AblateError(
        .invalidArgument, "layer \(UInt(bitPattern: layer)) is out of range: the model has \(layers.count) layers")
    }
  }
}
