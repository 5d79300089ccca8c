import AblateModel
import AblateRuntime

/// What rounding can do to the lead of a prediction that a channel's contribution gives instead of a masked run.
///
/// Both go through the same steps from pre-activations that differ by rounding, so the rounding of each step counts twice. Values of the
/// row that is updated are at hand, and those of the masked run are as near to them as the errors.
final class UpdateBounds: Sendable {
  let update: ChannelUpdate
  private let model: Model
  private let scores: LeadReach
  /// Of each step behind the contributions.
  private let steps: [Int]
  /// Errors of an error.
  private let growth: Double
  private let magnitudes: MagnitudeBound

  init(model: Model, _ update: ChannelUpdate, _ scores: LeadReach) {
    self.model = model
    self.update = update
    self.scores = scores
    steps = model.steps.indices.filter { update.restart.isComputed[$0] }
    var total = update.contributions.reduce(0) { $0 + $1.chain }
    for step in steps { total += scores.chains[step] + scores.relatives[step] }
    // Where errors would grow by half again, nothing is proven.
    growth = total < 1.0 / 32 ? 1 + 16 * total : .infinity
    magnitudes = MagnitudeBound(
      model: model, point: update.replaced.point, largestReplacement: Double(update.replaced.largestMagnitude))
  }

  /// Of the pre-activations that are updated, in an intact row; NaN if that is not known.
  ///
  /// - Parameters:
  ///   - room: three times as many floats as the widest point has.
  ///   - values: of the row.
  func slack(room: UnsafeMutablePointer<Float>, values: (_ point: Int) -> UnsafePointer<Float>) -> Float {
    let point = update.replaced.point
    let width = model.width(ofPoint: point)
    let own = values(point)
    var size = 0.0
    for index in 0..<width {
      room[index] = abs(own[index])
      size += Double(room[index])
    }
    var errors = 0.0
    for contribution in update.contributions {
      errors += contribution.errors(
        room, reach: scores.reach[contribution.point].pointer, room: room + width, kernels: model.kernels)
    }
    for step in steps { for source in model.sources[step] { size += sums(source, values).plain } }
    return magnitudes.isSafe(sum: Float(size)) ? slack(errors) : .nan
  }

  /// Once values of a channel moved by so much in all.
  func slack(moves: Double, channel: Int) -> Float {
    let reach = Double(scores.reach[update.replaced.point].pointer[channel])
    return slack(moves * reach * update.contributions.reduce(0) { $0 + $1.chain })
  }

  /// Of the steps behind the contributions, in a row with these values.
  func slackBehind(_ values: (_ point: Int) -> UnsafePointer<Float>) -> Float {
    var errors = 0.0
    for contribution in update.contributions { errors += activationErrors(contribution.step, values) }
    for step in steps {
      errors += activationErrors(step, values)
      if scores.chains[step] > 0 {
        for source in model.sources[step] {
          let sums = sums(source, values)
          errors += step == scores.lastLayer ? scores.lastChain * sums.plain : scores.chains[step] * sums.weighted
        }
      }
    }
    return slack(errors)
  }

  /// And of what does not depend on the values.
  private func activationErrors(_ step: Int, _ values: (_ point: Int) -> UnsafePointer<Float>) -> Double {
    let relative = scores.relatives[step]
    return scores.constants[step] + (relative > 0 ? relative * sums(step + 1, values).weighted : 0)
  }

  private func sums(
    _ point: Int, _ values: (_ point: Int) -> UnsafePointer<Float>
  ) -> (weighted: Double, plain: Double) {
    model.kernels.sums(values(point), reach: scores.reach[point].pointer, count: model.width(ofPoint: point))
  }

  /// Errors in each of two runs.
  private func slack(_ errors: Double) -> Float {
    Float(2 * growth * errors) * (1 + 0x1p-20) + Self.underflow
  }

  /// Products in a bound can be too small for a number.
  private static var underflow: Float { 0x1p-100 }
}
