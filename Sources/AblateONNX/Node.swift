import AblateRuntime
import CONNX

/// An operation of the graph. Values are referred to by number.
final class Node {
  let position: Int
  /// nil: one we do not know.
  let operation: Operator?
  /// The version of the operator set it is of.
  let opset: Int
  /// nil: an optional input that is absent.
  let inputs: [Int?]
  let outputs: [Int?]
  let proto: Connx__Node

  init(position: Int, operation: Operator?, opset: Int, inputs: [Int?], outputs: [Int?], proto: Connx__Node) {
    self.position = position
    self.operation = operation
    self.opset = opset
    self.inputs = inputs
    self.outputs = outputs
    self.proto = proto
  }

  func with(inputs: [Int?]) -> Node {
    Node(position: position, operation: operation, opset: opset, inputs: inputs, outputs: outputs, proto: proto)
  }

  var name: Bytes { proto.name }

  /// For error messages.
  var description: ErrorText {
    let type: ErrorText = proto.domain.isEmpty ? "\(proto.op_type.text)" : "\(proto.domain.text).\(proto.op_type.text)"
    return "\(type) at node \(quotedName)"
  }

  private var quotedName: ErrorText { name.isEmpty ? "\(position) (unnamed)" : "\(name.quoted)" }

  @inline(never)
  func malformed(_ text: ErrorText) -> AblateError { AblateError(.malformed, "\(description): \(text)") }

  @inline(never)
  func unsupported(_ text: ErrorText) -> AblateError {
    AblateError(.unsupported, "\(description), opset \(opset): \(text)")
  }

  /// The error about an operator that is not known.
  var unknownOperator: AblateError {
    AblateError(
      .unsupported,
      "operator \(proto.op_type.quoted) of domain '\(proto.domain.isEmpty ? "ai.onnx" : proto.domain.text)', opset \(opset), at node "
        + "\(quotedName) is not supported. Supported are: \(Operator.list)")
  }
}
