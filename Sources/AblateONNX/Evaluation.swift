import AblateModel
import AblateRuntime
import CONNX

/// Works out what each value of a graph is, from the input to the outputs.
///
/// Nothing is computed: rows become descriptions of how they follow from the input. An operator that is beyond us refuses its own
/// result, and with it all that depends on it; the model as a whole is refused only if its scores do.
final class Evaluation {
  let graph: Graph
  private(set) var values: [Value]
  /// About the first operator on the way to the outputs that we do not know.
  private(set) var firstUnknown: AblateError?
  /// Whether a constant for the last of some axes means that each position of the others is a row.
  let narrows: Bool
  /// Whether one was taken to mean that.
  var isNarrowed = false
  private(set) var stages: [Stage] = [Stage(kind: .input, sources: [], position: 0)]

  /// Whether we wrote the file.
  let isOwn: Bool

  var source: Source { graph.source }

  init(_ graph: Graph, narrows: Bool = true) throws(AblateError) {
    self.graph = graph
    self.narrows = narrows
    isOwn = graph.source.ownHead != nil
    values = Array(repeating: .pending, count: graph.names.count)
    values[graph.input.value] = try inputRows()
    for position in try graph.order() {
      let node = graph.nodes[position]
      var results: [Value]
      do throws(AblateError) {
        results = try self.results(node)
      } catch {
        guard error.kind == .unsupported else { throw error }
        results = Array(repeating: .refused(error), count: node.outputs.count)
      }
      for (index, output) in node.outputs.enumerated() {
        guard let output else { continue }
        values[output] =
          index < results.count ? results[index] : .refused(node.unsupported("its output \(index) is not supported"))
      }
      if node.operation == nil && firstUnknown == nil { firstUnknown = node.unknownOperator }
    }
  }

  func addStage(_ stage: Stage) -> Int {
    stages.append(stage)
    return stages.count - 1
  }

  /// Gives a value a number of its own.
  func add(_ value: Value) -> Int {
    values.append(value)
    return values.count - 1
  }

  /// Names the layer behind a stage, unless its weights have.
  func nameLayer(_ stage: Int, _ name: String) {
    guard case .layer(let layer) = stages[stage].kind, !layer.isNamedByWeights else { return }
    stages[stage].kind = .layer(layer.renamed(name))
  }

  /// The value of that number, its axes in the order of the file.
  func value(_ number: Int) throws(AblateError) -> Value { try inOrder(try storedValue(number)) }

  private func inOrder(_ value: Value) throws(AblateError) -> Value {
    guard case .transposed(let transposed) = value else { return value }
    return try transposed.made(by: self)
  }

  /// The value of that number, which may be `transposed`; initializers are read when first asked for.
  private func storedValue(_ number: Int) throws(AblateError) -> Value {
    if case .pending = values[number], case .initializer(let index) = graph.definitions[number],
      let tensor = graph.proto.initializer[index]
    {
      do throws(AblateError) {
        values[number] = .constant(try Tensor(tensor.pointee, of: source))
      } catch {
        guard error.kind == .unsupported else { throw error }
        values[number] = .refused(error)
      }
    }
    return values[number]
  }

  /// An input of a node, which may be `transposed`; nil if it is absent.
  func storedInput(_ node: Node, _ index: Int) throws(AblateError) -> Value? {
    guard index < node.inputs.count, let number = node.inputs[index] else { return nil }
    return try storedValue(number)
  }

  /// An input of a node; nil if it is absent.
  func optionalInput(_ node: Node, _ index: Int) throws(AblateError) -> Value? {
    guard let value = try storedInput(node, index) else { return nil }
    return try inOrder(value)
  }

  @inline(never)
  func input(_ node: Node, _ index: Int) throws(AblateError) -> Value { try inOrder(requiredStoredInput(node, index)) }

  /// An input of a node, which may be `transposed` and must be there.
  @inline(never)
  func requiredStoredInput(_ node: Node, _ index: Int) throws(AblateError) -> Value {
    guard let value = try storedInput(node, index) else { throw node.malformed("its input \(index) is missing") }
    return value
  }

  /// An input that must be rows.
  func rows(_ node: Node, _ index: Int) throws(AblateError) -> Rows {
    switch try input(node, index) {
    case .rows(let rows): return rows
    case .scores(let scores):
      let after = graph.nodes[scores.rows.position].description
      throw node.unsupported("it computes from the model's probabilities (behind \(after))")
    default: throw node.unsupported("its input \(index) must depend on the model's input")
    }
  }

  /// An input that must be a constant.
  func constant(_ node: Node, _ index: Int) throws(AblateError) -> Tensor {
    guard let tensor = try tensor(try input(node, index)) else {
      throw node.unsupported("its input \(index) must be a constant")
    }
    return tensor
  }

  /// What each of a node's outputs is; all are refused that are not there.
  private func results(_ node: Node) throws(AblateError) -> [Value] {
    for number in node.inputs {
      if let number, case .refused(let error) = try storedValue(number) { throw error }
    }
    guard let operation = node.operation else { throw node.unknownOperator }
    if let result = try beforeTransposition(node, operation) { return [result] }
    return operation == .split ? try split(node) : [try evaluate(node, operation)]
  }

  func evaluate(_ node: Node, _ operation: Operator) throws(AblateError) -> Value {
    switch operation {
    case .split: return try input(node, 0)
    case .constant: return try constantValue(node)
    case .identity, .dropout: return try unchanged(node, operation)
    case .cast: return try cast(node)
    case .gemm: return try gemm(node)
    case .matMul: return try matMul(node)
    case .add: return try arithmetic(node, .add)
    case .sub: return try arithmetic(node, .subtract)
    case .mul: return try arithmetic(node, .multiply)
    case .div: return try arithmetic(node, .divide)
    case .neg: return try negation(node)
    case .pow: return try power(node)
    case .sqrt: return try rounded(node) { $0.squareRoot() }
    case .floor: return try rounded(node) { $0.rounded(.down) }
    case .ceil: return try rounded(node) { $0.rounded(.up) }
    case .batchNormalization: return try batchNormalization(node)
    case .scaler: return try scaler(node)
    case .relu, .leakyRelu, .elu, .selu, .tanh, .sigmoid, .softplus, .gelu, .hardSigmoid, .hardSwish, .erf, .clip:
      return try activation(node, operation)
    case .reshape: return try reshape(node)
    case .flatten: return try flatten(node)
    case .squeeze: return try squeeze(node)
    case .unsqueeze: return try unsqueeze(node)
    case .transpose: return try transpose(node)
    case .shape: return try shape(node)
    case .equal: return try equal(node)
    case .where: return try choice(node)
    case .expand: return try expand(node)
    case .gather: return try gather(node)
    case .slice: return try slice(node)
    case .concat: return try concat(node)
    case .reduceProd: return try reduceProduct(node)
    case .softmax: return try softmax(node, .softmax)
    case .logSoftmax: return try softmax(node, .logSoftmax)
    case .argMax: return try argMax(node)
    case .arrayFeatureExtractor: return try arrayFeatureExtractor(node)
    case .binarizer: return .prediction(try anyScores(node), labels: nil)
    case .labelEncoder: return try labelEncoder(node)
    case .zipMap: return try zipMap(node)
    case .conv: return try convolution(node)
    case .maxPool: return try pooling(node, isMaximum: true)
    case .averagePool: return try pooling(node, isMaximum: false)
    case .globalMaxPool: return try globalPooling(node, isMaximum: true)
    case .globalAveragePool: return try globalPooling(node, isMaximum: false)
    case .reduceMax: return try reduce(node, isMaximum: true)
    case .reduceMean: return try reduce(node, isMaximum: false)
    case .constantOfShape: return try constantOfShape(node)
    case .range: return try range(node)
    case .pad: return try pad(node)
    case .resize: return try resize(node, isUpsample: false)
    case .upsample: return try resize(node, isUpsample: true)
    case .lrn: return try responseNormalization(node)
    case .sum: return try sum(node)
    }
  }
}
