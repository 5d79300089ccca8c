import AblateModel
import AblateRuntime
import AblateSweep

/// The rows that Shapley values are about: their activations of the first layer with players, and what each comes to with no player
/// ablated and with all of them.
final class ShapleyRows {
  let count: Int
  /// [rows, units of the layer]
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
    labels given: UnsafePointer<Int32>, rows: Int, threads: Int
  ) throws(AblateError) {
    count = rows
    let layer = game.layers[0]
    let units = model.layers[layer].units
    let labels = try Buffer<Int32>(count: rows)
    labels.pointer.copy(from: given, count: rows)
    self.labels = labels
    activations = try Buffer(rows: rows, columns: units)
    let session = try Session(model: model, threads: threads)
    try session.activations(x, rows: rows, layer: layer, point: .activation, into: activations.pointer)
    // What units of later layers hold depends on the players before them.
    var active = [Int](repeating: rows, count: game.players.count)
    for player in active.indices where game.players[player].layer == layer {
      let unit = game.players[player].unit
      var holding = 0
      for row in 0..<rows where activations.pointer[row * units + unit] == game.replacements.pointer[unit] {
        holding += 1
      }
      active[player] = rows - holding
    }
    self.active = active
    intact = try Self.figures(session, x, mask: nil, labels: labels, measure: measure)
    ablated = try Self.figures(session, x, mask: game.maskOfAll, labels: labels, measure: measure)
    intactSum = Self.sum(intact)
    ablatedSum = Self.sum(ablated)
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
