import AblateModel
import AblateRuntime
import AblateSweep

/// The rows that Shapley values are about: what walks start from, and what each comes to with no player ablated and with all of them.
final class ShapleyRows {
  let count: Int
  /// [rows, units] of the first layer with players, if the chain that the model ends in starts there or before; else the rows themselves,
  /// [rows, input width].
  let activations: Buffer<Float>
  let labels: Buffer<Int32>
  /// [rows], with the sign of the measures of a sweep.
  let intact: Buffer<Float>
  let ablated: Buffer<Float>
  /// Over all rows.
  let intactSum: ExactSum
  let ablatedSum: ExactSum
  /// Of each player, the rows that its ablation can change, whatever else is ablated.
  let active: [Int]

  init(
    model: Model, game: ShapleyGame, measure: ShapleyMeasure, x: UnsafePointer<Float>,
    labels: Buffer<Int32>, threads: Int
  ) throws(AblateError) {
    let rows = labels.count
    count = rows
    self.labels = labels
    let session = try Session(model: model, threads: threads)
    let first = game.layers[0]
    let isInChain = model.isInChain(first)
    let width = model.layers[first].shape.count
    activations = try Buffer(rows: rows, columns: isInChain ? width : model.inputWidth)
    // Images' activations are looked at in parts, and not kept.
    let atOnce = isInChain ? rows : min(rows, session.runner.preferredRows)
    let values = isInChain ? activations : try Buffer(rows: atOnce, columns: width)
    if !isInChain { activations.pointer.copy(from: x, count: activations.count) }
    var changing = [Int](repeating: 0, count: model.layers[first].units)
    for start in stride(from: 0, to: rows, by: atOnce) {
      let count = min(atOnce, rows - start)
      try session.activations(
        x + start * model.inputWidth, rows: count, layer: first, point: .activation, into: values.pointer)
      for unit in changing.indices {
        changing[unit] += Self.rows(
          of: values.pointer, count, model.layers[first].shape, unit, changedBy: game.replacements.pointer[unit])
      }
    }
    // What units of later layers hold depends on the players before them.
    active = game.players.map { $0.layer == first ? changing[$0.unit] : rows }
    intact = try Self.figures(session, x, mask: nil, labels: labels, measure: measure)
    ablated = try Self.figures(session, x, mask: game.maskOfAll, labels: labels, measure: measure)
    intactSum = Self.sum(intact)
    ablatedSum = Self.sum(ablated)
  }

  /// How many of some rows have a unit hold another value than one at any position: values is [rows, units, positions].
  private static func rows(
    of values: UnsafePointer<Float>, _ rows: Int, _ shape: ValueShape, _ unit: Int, changedBy value: Float
  ) -> Int {
    var changing = 0
    for row in 0..<rows {
      let own = values + row * shape.count + unit * shape.positions
      if (0..<shape.positions).contains(where: { own[$0] != value }) { changing += 1 }
    }
    return changing
  }

  private static func sum(_ figures: Buffer<Float>) -> ExactSum {
    var sum = ExactSum()
    for row in 0..<figures.count { sum.add(figures.pointer[row]) }
    return sum
  }

  /// [rows]: what each row comes to.
  private static func figures(
    _ session: Session, _ x: UnsafePointer<Float>, mask: Mask?, labels: Buffer<Int32>, measure: ShapleyMeasure
  ) throws(AblateError) -> Buffer<Float> {
    let model = session.model
    let rows = labels.count
    let figures = try Buffer<Float>(count: rows)
    if measure == .accuracy {
      let predictions = try Buffer<Int32>(count: rows)
      try session.predict(x, rows: rows, mask: mask, into: predictions.pointer)
      for row in 0..<rows where predictions.pointer[row] == labels.pointer[row] { figures.pointer[row] = 1 }
      return figures
    }
    let classes = model.classCount
    let probabilities = try Buffer<Float>(rows: rows, columns: classes)
    if measure == .labelProbability {
      try session.run(x, rows: rows, mask: mask, output: .probabilities, into: probabilities.pointer)
    } else {
      let scores = try Buffer<Float>(rows: rows, columns: model.outputWidth)
      try session.run(x, rows: rows, mask: mask, output: .scores, into: scores.pointer)
      model.logProbabilities(
        scores: scores.pointer, stride: model.outputWidth, rows: rows, into: probabilities.pointer)
    }
    for row in 0..<rows {
      let probability = probabilities.pointer[row * classes + Int(labels.pointer[row])]
      figures.pointer[row] = measure == .logLoss ? -probability : probability
    }
    return figures
  }
}
