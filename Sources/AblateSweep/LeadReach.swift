import AblateModel
import AblateRuntime

/// How far each value at any point of a model can move any lead, the difference of two scores, per unit of change and whatever the other
/// values are; and what the rounding of each step can do to a lead. Infinite in front of what nothing is known about.
final class LeadReach: Sendable {
  /// Of each value of each point: of those that are asked for, and those that steps behind them read.
  let reach: [Buffer<Float>]
  /// Of each step.
  let roundings: Buffer<Rounding>

  /// What an input of the scores reaches, at least, as a part of the largest of their weights.
  static let leastPart = 1.0 / 64

  /// What the rounding of a step can do to a lead: the sum of these.
  struct Rounding: BitwiseCopyable {
    /// Times the sum of reach * |value| over what it reads.
    var chain = 0.0
    /// Times the sum of |value| over what it reads.
    var plainChain = 0.0
    /// Of the scores: the part of that for weights of 1.
    var lastChain = 0.0
    /// Times the sum of reach * |value| over what it gives.
    var relative = 0.0
    var constant = 0.0
  }

  /// - Parameter first: the first point that is asked for.
  init(model: Model, first: Int) throws(AblateError) {
    let pass = try BackwardPass(model, first: first)
    for step in (first..<max(first, model.steps.count)).reversed() { pass.passBack(step) }
    var reach: [Buffer<Float>] = []
    for exact in pass.reach {
      let own = try Buffer<Float>(count: exact.count)
      for index in 0..<own.count { own.pointer[index] = Float(exact.pointer[index]) * (1 + 0x1p-20) + Underflow.ofLead }
      reach.append(own)
    }
    self.reach = reach
    roundings = pass.roundings
  }
}
