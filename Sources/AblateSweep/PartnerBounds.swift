import AblateModel
import AblateRuntime

/// What units of a layer that pairs are made of take from the leads of a row's prediction over its rivals. As that adds up, a pair is a
/// comparison for each rival.
///
/// Where the units are the inputs of the scores, it is what they change there; the sums are rounded no more often than those of an update,
/// which slacks have room for. Elsewhere it is a bound.
final class PartnerBounds {
  private let model: Model
  private let point: Int
  private let certificate: CertificatePoint
  /// [units, stride]: the weights from the units to the scores, if these are all that is behind them.
  private let outgoing: (pointer: UnsafePointer<Float>, stride: Int)?
  /// The classes, or one rival that stands for all.
  private let rivals: Int
  private let stride: Int
  /// [rivals]: what the prediction is ahead by; of itself, infinity.
  private let leads: Buffer<Float>
  /// The same without one unit.
  private let leadsWithoutFirst: Buffer<Float>
  /// [rivals, stride]
  private let losses: Buffer<Float>
  /// [stride]: what rounding can do to a lead once a unit is replaced.
  private let slacks: Buffer<Float>
  /// [stride]: see `SweepWorker.findEffects`.
  private let effects: Buffer<Float>
  /// [stride]: what the prediction becomes with a unit besides the first one, where nothing can come between; -1 elsewhere.
  private let winners: Buffer<Int32>
  private var slack: Float = 0
  private var limit: Float = 0
  private var count = 0

  init(
    model: Model, point: Int, certificate: CertificatePoint, outgoing: (pointer: UnsafePointer<Float>, stride: Int)?
  ) throws(AblateError) {
    self.model = model
    self.point = point
    self.certificate = certificate
    self.outgoing = outgoing
    rivals = outgoing == nil && certificate.rivals == nil ? 1 : model.classCount
    // The vectors of a kernel can start at any unit.
    stride = RowStride.padded(model.width(ofPoint: point)) + 16
    leads = try Buffer(count: rivals)
    leadsWithoutFirst = try Buffer(count: rivals)
    losses = try Buffer(rows: rivals, columns: stride)
    slacks = try Buffer(count: stride)
    effects = try Buffer(count: stride)
    winners = try Buffer(count: stride)
  }

  /// Gets ready for pairs of `count` units of a row.
  @_optimize(speed)
  func find(
    _ units: UnsafePointer<Int32>, count: Int, row: Int, of block: IntactBlock, replacements: UnsafePointer<Float>,
    effects ofUnits: UnsafePointer<Float>
  ) {
    self.count = count
    let prediction = block.prediction(row)
    let values = block.values(row, at: point)
    findLeads(row: row, of: block, prediction)
    for place in 0..<count {
      let unit = Int(units[place])
      let change = replacements[unit] - values[unit]
      effects.pointer[place] = ofUnits[unit]
      slacks.pointer[place] = outgoing == nil ? 0 : certificate.slack(unit, change)
      findLosses(place, unit, change, prediction)
    }
  }

  private func findLeads(row: Int, of block: IntactBlock, _ prediction: Int) {
    limit = block.limit(row, at: point)
    slack = 0
    if outgoing != nil {
      slack = block.slack(row, at: point)
      let scores = block.preActivations(row, ofStep: point)
      for rival in 0..<rivals { leads.pointer[rival] = scores[prediction] - scores[rival] }
      leads.pointer[prediction] = .infinity
    } else if certificate.rivals != nil {
      block.findLimits(row, at: point, into: leads.pointer)
    } else {
      leads.pointer[0] = limit
    }
  }

  @_optimize(speed)
  private func findLosses(_ place: Int, _ unit: Int, _ change: Float, _ prediction: Int) {
    let losses = losses.pointer + place
    if let outgoing {
      // Not the change times a difference of weights, which can overflow where neither product does.
      let weights = outgoing.pointer + unit * outgoing.stride
      let own = change * weights[prediction]
      for rival in 0..<rivals { losses[rival * stride] = change * weights[rival] - own }
    } else if let bounds = certificate.rivals {
      let start = bounds.start(of: unit, prediction: prediction)
      for rival in 0..<rivals { losses[rival * stride] = bounds.effect(of: change, at: start + rival) }
    } else {
      losses[0] = effects.pointer[place]
    }
  }

  /// Lists the units behind `first` whose replacement, besides that of `first`, might change the prediction, and returns how many. All are
  /// numbered by their places among those that `find` was called with.
  @_optimize(speed)
  func listOpen(with first: Int, kernels: KernelTable, into out: UnsafeMutablePointer<Int32>) -> Int {
    for rival in 0..<rivals {
      leadsWithoutFirst.pointer[rival] = leads.pointer[rival] - losses.pointer[rival * stride + first]
    }
    return kernels.openPartners(
      leadsWithoutFirst.pointer, losses.pointer, stride, rivals, slack + slacks.pointer[first], slacks.pointer,
      effects.pointer, limit - effects.pointer[first], first + 1, count, out, winners.pointer)
  }

  /// What the prediction becomes with a unit that `listOpen` listed, if that is clear.
  func prediction(with unit: Int) -> Int? {
    outgoing == nil || winners.pointer[unit] < 0 ? nil : Int(winners.pointer[unit])
  }
}
