import AblateModel
import AblateRuntime

/// What rounding can do to the lead of a prediction that contributions of channels give instead of a masked run.
///
/// Both go through the same steps from pre-activations that differ by rounding, so the rounding of each step counts twice. Values of the
/// row that is updated are at hand, and those of the masked run are as near to them as the errors.
final class UpdateBounds: Sendable {
  let update: ChannelUpdate
  private let model: Model
  private let leads: LeadReach
  /// Of each step behind the contributions.
  private let steps: [Int]
  /// Of all contributions.
  private let chain: Double
  /// Errors of an error.
  private let growth: Double
  private let magnitudes: MagnitudeBound

  /// - Parameter largestReplacement: the magnitude of the largest value that any layer's channels are replaced by at this point.
  init(model: Model, _ update: ChannelUpdate, _ leads: LeadReach, largestReplacement: Double) {
    self.model = model
    self.update = update
    self.leads = leads
    steps = model.steps.indices.filter { update.restart.isComputed[$0] }
    chain = update.contributions.reduce(0) { $0 + $1.chain }
    var total = chain
    for step in steps {
      let rounding = leads.roundings.pointer[step]
      // Errors of the inputs of the scores count by their reach.
      total += rounding.chain + rounding.relative + rounding.lastChain / LeadReach.leastPart
    }
    // Where errors would grow by half again, nothing is proven.
    growth = total < 1.0 / 32 ? 1 + 16 * total : .infinity
    magnitudes = MagnitudeBound(
      model: model, point: update.replaced.point, largestReplacement: largestReplacement)
  }

  /// Of the pre-activations that are updated, in an intact row; NaN if that is not known.
  ///
  /// - Parameters:
  ///   - places: of each point, where the values of the row are.
  ///   - room: three times as many floats as the widest point has.
  func slack(_ places: UnsafePointer<UnsafePointer<Float>>, room: UnsafeMutablePointer<Float>) -> Float {
    let point = update.replaced.point
    let width = model.width(ofPoint: point)
    var size = sums(point, places).plain
    for index in 0..<width { room[index] = abs(places[point][index]) }
    var errors = 0.0
    for contribution in update.contributions {
      errors += contribution.errors(
        room, reach: leads.reach[contribution.point].pointer, room: room + width, kernels: model.kernels)
    }
    for step in steps { for source in model.sources[step] { size += sums(source, places).plain } }
    return magnitudes.isSafe(sum: Float(size)) ? slack(errors) : .nan
  }

  /// Once values of a channel moved by so much in all.
  func slack(moves: Double, channel: Int) -> Float {
    let reach = Double(leads.reach[update.replaced.point].pointer[channel])
    return slack(moves * reach * chain)
  }

  /// Of the steps behind the contributions, in a row whose values are at these places.
  func slackBehind(_ places: UnsafePointer<UnsafePointer<Float>>) -> Float {
    var errors = 0.0
    for contribution in update.contributions { errors += resultErrors(contribution.step, places) }
    for step in steps {
      let rounding = leads.roundings.pointer[step]
      errors += resultErrors(step, places)
      if rounding.chain + rounding.plainChain == 0 { continue }
      for source in model.sources[step] {
        let sums = sums(source, places)
        errors += rounding.chain * sums.weighted + rounding.plainChain * sums.plain
      }
    }
    return slack(errors)
  }

  /// Of the results of a step, and of what does not depend on values.
  private func resultErrors(_ step: Int, _ places: UnsafePointer<UnsafePointer<Float>>) -> Double {
    let rounding = leads.roundings.pointer[step]
    return rounding.constant + (rounding.relative > 0 ? rounding.relative * sums(step + 1, places).weighted : 0)
  }

  private func sums(
    _ point: Int, _ places: UnsafePointer<UnsafePointer<Float>>
  ) -> (weighted: Double, plain: Double) {
    model.kernels.sums(places[point], reach: leads.reach[point].pointer, count: model.width(ofPoint: point))
  }

  /// Errors in each of two runs.
  private func slack(_ errors: Double) -> Float {
    Float(2 * growth * errors) * (1 + 0x1p-20) + Underflow.ofLead
  }
}
