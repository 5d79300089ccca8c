import AblateModel
import AblateRuntime

/// The rounding errors of a step, carried to the scores by the reach of its results.
///
/// A dense value is a chain of K multiply-adds: it errs by at most γ (|b| + Σ |w x|) with γ = n u / (1 - n u), u = 2^-24 and n = K, or
/// 2 K where a multiply-add rounds twice (Higham 2002, Accuracy and Stability of Numerical Algorithms, section 3.1).
struct StepErrors {
  /// Times the sum of reach * |value| over the step's results.
  var relative = 0.0
  /// Times the sum of reach * |value| over the step's inputs.
  var chain = 0.0
  var absolute = 0.0

  init() {}

  /// - Parameter isLast: whether the results are scores, of which the one with the largest error counts, not the sum.
  init(of step: Step, in model: Model, reach sensitivity: Sensitivity, isLast: Bool) {
    let reach = sensitivity.reach.pointer
    func sum(_ term: (Int) -> Float) -> Double {
      var total = 0.0
      for column in 0..<sensitivity.width {
        let value = Double(reach[column]) * Double(abs(term(column)))
        total = isLast ? max(total, value) : total + value
      }
      return total
    }
    switch step {
    case .activation(_, let activation, _): count(activation, total: sum { _ in 1 })
    case .affine(let affine):
      relative = Self.ofAffine
      absolute = Self.ofAffine * sum { affine.shift.pointer[$0] } + Underflow.ofResult * sum { _ in 1 }
    case .dense(let index):
      let layer = model.layers[index]
      chain = Self.chain(terms: layer.inputs, kernels: model.kernels)
      let slope = Double(layer.activation.lipschitzConstant)
      absolute =
        slope * (chain * sum { layer.bias.pointer[$0] } + Double(layer.inputs) * Underflow.ofResult * sum { _ in 1 })
      count(layer.activation, total: sum { _ in 1 })
    // In front of the chain, where the values are those of the intact run to the bit.
    case .convolution, .operation: break
    }
  }

  /// γ of a chain of so many terms.
  static func chain(terms: Int, kernels: KernelTable) -> Double {
    chain(roundings: kernels.roundingsPerTerm * terms + roundingsBesides)
  }

  static func chain(roundings: Int) -> Double {
    let error = Double(roundings) * 0x1p-24
    return error < 0.5 ? error / (1 - error) : .infinity
  }

  /// Those of a residual, and of an update that takes the place of a chain, are fewer.
  private static let roundingsBesides = 8

  /// How large γ is, at most, for a chain in which only so many terms are not 0, and two more after a change: part of γ for all of them.
  static func partOfChain(nonZeros: Int, of length: Int) -> Double {
    min(1, Double(nonZeros + 2 + roundingsBesides) / Double(length + roundingsBesides))
  }

  private mutating func count(_ activation: Activation, total: Double) {
    relative += Double(activation.roundingError)
    absolute += Double(activation.roundingError) * total
  }

  /// An affine step rounds three times: times the magnitudes of its result and of its shift.
  static let ofAffine = 0x1p-21
}
