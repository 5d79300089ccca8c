import AblateRuntime

/// A trained network. Immutable: any number of threads may use one.
public final class Model: Sendable {
  /// The shape of a row of input, without the batch axis.
  public let inputShape: [Int]
  /// Values in a row of input.
  public let inputWidth: Int
  /// In the order of execution.
  public let steps: [Step]
  /// The steps whose units can be ablated, numbered from 0; the last one is the output layer.
  public let layers: [Layer]
  public let head: Head
  /// The names of the classes (of the labels, for `multilabel`) if the model has them.
  public let classLabels: [String]?
  package let kernels: KernelTable
  /// The step that computes each layer.
  package let stepOfLayer: [Int]

  init(
    inputShape: [Int], inputWidth: Int, steps: [Step], layers: [Layer], head: Head, classLabels: [String]?,
    kernels: KernelTable
  ) {
    self.inputShape = inputShape
    self.inputWidth = inputWidth
    self.steps = steps
    self.layers = layers
    self.head = head
    self.classLabels = classLabels
    self.kernels = kernels
    var stepOfLayer: [Int] = []
    for (index, step) in steps.enumerated() { if case .dense = step { stepOfLayer.append(index) } }
    self.stepOfLayer = stepOfLayer
  }

  public var outputLayer: Int { layers.count - 1 }

  /// The point behind a layer: point 0 is the input, point p what step p - 1 computes.
  package func point(behindLayer layer: Int) -> Int { stepOfLayer[layer] + 1 }

  /// Values per row at a point.
  package func width(ofPoint point: Int) -> Int { point == 0 ? inputWidth : width(of: steps[point - 1]) }

  /// Values per row where there are most.
  package var widestPoint: Int { (0...steps.count).reduce(0) { max($0, width(ofPoint: $1)) } }

  /// The steps that follow a layer.
  public func steps(behindLayer layer: Int) -> Range<Int> { stepOfLayer[layer] + 1..<steps.count }

  /// Scores in a row: the units of the output layer.
  public var outputWidth: Int { layers[outputLayer].units }

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
    case .dense(let layer): layers[layer].parameterCount
    case .affine(let affine): affine.parameterCount
    case .activation: 0
    }
  }

  /// Values per row after a step.
  public func width(of step: Step) -> Int {
    switch step {
    case .dense(let layer): layers[layer].units
    case .affine(let affine): affine.width
    case .activation(_, _, let width): width
    }
  }

  /// Empty for a step without one.
  public func name(of step: Step) -> String {
    switch step {
    case .dense(let layer): layers[layer].name
    case .affine(let affine): affine.name
    case .activation(let name, _, _): name
    }
  }

  /// - Throws: `invalidArgument` if there is none; the message lists the names there are.
  public func layer(named name: String) throws(AblateError) -> Int {
    for (index, layer) in layers.enumerated() where !name.isEmpty && layer.name.utf8.elementsEqual(name.utf8) {
      return index
    }
    let names = layers.map { "'\($0.name)'" }.joined(separator: ", ")
    throw AblateError(.invalidArgument, "no layer is called '\(name)': the layers are \(names)")
  }

  /// - Throws: `invalidArgument` if there are none, one does not exist or is listed twice.
  package func requireDistinct(layers chosen: [Int]) throws(AblateError) {
    guard !chosen.isEmpty else { throw AblateError(.invalidArgument, "the list of layers to sweep is empty") }
    for (position, layer) in chosen.enumerated() {
      try require(layer: layer)
      if chosen[..<position].contains(layer) {
        throw AblateError(.invalidArgument, "layer \(layer) is listed twice")
      }
    }
  }

  /// - Throws: `invalidArgument` if there is no such layer.
  public func require(layer: Int) throws(AblateError) {
    guard layer >= 0, layer < layers.count else {
      throw AblateError(
        .invalidArgument, "layer \(UInt(bitPattern: layer)) is out of range: the model has \(layers.count) layers")
    }
  }
}
