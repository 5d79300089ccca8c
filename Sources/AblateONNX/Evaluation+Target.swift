import AblateModel
import AblateRuntime
import CONNX

/// What a model is asked for: scores, and what the file says about the classes.
struct Target {
  let scores: Scores
  let labels: [String]?
  /// The name of the output that the scores are.
  let output: Int
}

extension Evaluation {
  /// The scores that the graph's outputs give or are computed from.
  ///
  /// - Throws: `unsupported` if there are none, or different ones. If there are operators that we do not know, the error is about the
  ///   first of them: a recurrent network should not be refused for the transposition in front of it.
  func target() throws(AblateError) -> Target {
    do throws(AblateError) {
      return try chosenTarget()
    } catch {
      throw error.kind == .unsupported ? firstUnknown ?? error : error
    }
  }

  private func chosenTarget() throws(AblateError) -> Target {
    var direct: (scores: Scores, output: Int)?
    var indirect: (scores: Scores, output: Int)?
    var labels: [String]?
    var refused: AblateError?
    for (index, output) in graph.outputs.enumerated() {
      switch try value(output) {
      case .rows(let rows) where rows.stage > 0: try choose(Scores(head: nil, rows: rows), output, &direct)
      case .rows: throw AblateError(.unsupported, "the output \(graph.name(output).quoted) does not pass a dense layer")
      case .scores(let scores): try choose(scores, output, &direct)
      case .prediction(let scores, let names):
        try choose(scores, output, &indirect)
        labels = labels ?? names
      case .refused(let error):
        // Labels that cannot be followed do no harm as long as the scores can.
        if refused == nil || !isLabel(index) { refused = error }
        if !isLabel(index) { throw error }
      case .constant, .dimensions, .transposed, .pending: break
      }
    }
    if let direct, let indirect { try requireSame(direct.scores, indirect.scores, graph.outputs[0]) }
    guard let chosen = direct ?? indirect else {
      throw refused ?? AblateError(.unsupported, "no output of the graph depends on its input")
    }
    return Target(scores: chosen.scores, labels: labels, output: chosen.output)
  }

  private func choose(
    _ scores: Scores, _ output: Int, _ chosen: inout (scores: Scores, output: Int)?
  ) throws(AblateError) {
    guard let earlier = chosen else {
      chosen = (scores, output)
      return
    }
    try requireSame(earlier.scores, scores, output)
  }

  private func requireSame(_ first: Scores, _ second: Scores, _ output: Int) throws(AblateError) {
    guard first.rows.stage == second.rows.stage, first.rows.affine === second.rows.affine else {
      throw AblateError(
        .unsupported,
        "the graph has outputs of different layers (\(graph.name(output).quoted) is one): only one is supported")
    }
  }

  /// Whether the graph says that an output is of whole numbers or text.
  private func isLabel(_ index: Int) -> Bool {
    guard let type = graph.proto.output[index]?.pointee.type?.pointee.tensor_type?.pointee,
      let element = ElementType(rawValue: type.elem_type)
    else { return false }
    return !element.isFloat
  }
}
