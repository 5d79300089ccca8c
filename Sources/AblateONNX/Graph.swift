import AblateRuntime
import CONNX

/// The graph of a file: nodes, and what defines each value. Checked: every value is defined once, and before it is used by anything it
/// depends on.
final class Graph {
  /// What gives a value.
  enum Definition {
    case nothing
    case input(Int)
    case initializer(Int)
    case node(Int)
  }

  let source: Source
  let proto: Connx__Graph
  let names: NameTable
  private(set) var nodes: [Node] = []
  /// By value number.
  private(set) var definitions: [Definition]
  /// The one input that is no initializer: its value and its place among the graph's inputs.
  private(set) var input = (value: 0, index: 0)
  /// The values of the graph's outputs.
  private(set) var outputs: [Int] = []

  /// - Throws: `malformed`; `unsupported` for several inputs or an operator set that is too old.
  init(_ source: Source) throws(AblateError) {
    guard let graph = source.model.pointee.graph else {
      throw AblateError(.malformed, "the file has no graph: it is not an ONNX model")
    }
    self.source = source
    proto = graph.pointee
    names = try NameTable(Self.definedNames(proto))
    definitions = Array(repeating: .nothing, count: names.count)
    guard proto.n_sparse_initializer == 0 else {
      throw AblateError(.unsupported, "the graph has sparse initializers, which are not supported")
    }
    for index in 0..<proto.n_initializer {
      guard let tensor = proto.initializer[index] else { continue }
      try define(tensor.pointee.name, .initializer(index), "initializer")
    }
    try addInputs()
    try addNodes()
    try addOutputs()
  }

  func name(_ value: Int) -> Bytes { names.name(value) }

  private static func definedNames(_ proto: Connx__Graph) -> [Bytes] {
    var names: [Bytes] = []
    for index in 0..<proto.n_initializer { if let each = proto.initializer[index] { names.append(each.pointee.name) } }
    for index in 0..<proto.n_input { if let each = proto.input[index] { names.append(each.pointee.name) } }
    for index in 0..<proto.n_node {
      guard let node = proto.node[index] else { continue }
      for output in 0..<node.pointee.n_output { names.append(node.pointee.output[output]) }
    }
    return names
  }

  private func define(_ name: Bytes, _ definition: Definition, _ what: StaticString) throws(AblateError) {
    guard !name.isEmpty, let value = names.number(of: name) else {
      throw AblateError(.malformed, "the graph has an \(what) without a name")
    }
    guard case .nothing = definitions[value] else {
      throw AblateError(.malformed, "the value \(name.quoted) is defined twice")
    }
    definitions[value] = definition
  }

  private func addInputs() throws(AblateError) {
    var free: [(value: Int, index: Int)] = []
    for index in 0..<proto.n_input {
      guard let name = proto.input[index]?.pointee.name, let value = names.number(of: name) else { continue }
      // Before version 4 of the format, initializers were listed as inputs, too.
      if case .initializer = definitions[value] { continue }
      try define(name, .input(index), "input")
      free.append((value, index))
    }
    guard let first = free.first else { throw AblateError(.malformed, "the graph has no input") }
    guard free.count == 1 else {
      var listed: ErrorText = ""
      for (value, _) in free.prefix(4) { listed = "\(listed)\(listed.text.isEmpty ? "" : ", ")\(name(value).quoted)" }
      throw AblateError(.unsupported, "the graph has \(free.count) inputs (\(listed)): only one is supported")
    }
    input = first
  }

  private func addNodes() throws(AblateError) {
    for position in 0..<proto.n_node {
      guard let node = proto.node[position]?.pointee else { continue }
      for index in 0..<node.n_output where !node.output[index].isEmpty {
        try define(node.output[index], .node(position), "output of a node")
      }
    }
    for position in 0..<proto.n_node {
      guard let node = proto.node[position]?.pointee else { continue }
      var inputs: [Int?] = []
      for index in 0..<node.n_input { inputs.append(try used(node.input[index], position)) }
      var outputs: [Int?] = []
      for index in 0..<node.n_output { outputs.append(try used(node.output[index], position)) }
      let isML = node.domain.equals("ai.onnx.ml")
      let isKnownDomain = isML || node.domain.isEmpty || node.domain.equals("ai.onnx")
      nodes.append(
        Node(
          position: position, operation: isKnownDomain ? Operator(node.op_type, isML: isML) : nil,
          opset: try opset(node.domain), inputs: inputs, outputs: outputs, proto: node))
    }
  }

  private func used(_ name: Bytes, _ position: Int) throws(AblateError) -> Int? {
    if name.isEmpty { return nil }
    guard let value = names.number(of: name) else {
      throw AblateError(.malformed, "node \(position) uses the value \(name.quoted), which nothing defines")
    }
    return value
  }

  private func addOutputs() throws(AblateError) {
    for index in 0..<proto.n_output {
      guard let name = proto.output[index]?.pointee.name else { continue }
      guard let value = names.number(of: name) else {
        throw AblateError(.malformed, "nothing defines the graph's output \(name.quoted)")
      }
      outputs.append(value)
    }
    if outputs.isEmpty { throw AblateError(.malformed, "the graph has no output") }
  }

  private func opset(_ domain: Bytes) throws(AblateError) -> Int {
    let model = source.model.pointee
    guard model.n_opset_import <= Self.opsetLimit else {
      throw AblateError(.malformed, "the file names too many opsets")
    }
    for index in 0..<model.n_opset_import {
      guard let set = model.opset_import[index]?.pointee else { continue }
      let isStandard = set.domain.isEmpty || set.domain.equals("ai.onnx")
      guard isStandard ? domain.isEmpty || domain.equals("ai.onnx") : set.domain.hasSame(domain) else { continue }
      guard !isStandard || set.version >= Self.oldestOpset else {
        throw AblateError(
          .unsupported, "the file is of opset \(set.version): \(Self.oldestOpset) is the oldest that is supported")
      }
      return Int(set.version)
    }
    throw AblateError(.malformed, "the file does not say which opset of domain \(domain.quoted) it uses")
  }

  private static let opsetLimit = 64

  /// Broadcasting works as it does today since then.
  private static let oldestOpset: Int64 = 7
}
