import AblateModel
import AblateRuntime
import AblateSweep

/// Makes ablations permanent: a smaller model, without some hidden units.
///
/// Channels of convolutions go with everything that is there once for each of them, up to the layers that read them. Units that are tied
/// (`TiedUnits`) are removed together.
///
/// What the next layer loses with a unit is made up for by a linear function of the units that stay: t_j = c_j + Σ_k β_jk t_k over kept
/// units k, where t is what enters the next dense layer. Then its bias grows by Σ_j W_j c_j and its weights W_k by Σ_j W_j β_jk, in
/// float64, rounded once.
public struct Surgery {
  public let model: Model
  /// By layer: the units that go, and those that stay, ascending.
  let removed: [[Int]]
  let kept: [[Int]]
  let ties: TiedUnits
  /// By number of a unit.
  private let marks: Buffer<Bool>

  /// - Throws: `invalidArgument` if there are no units, one does not exist, is of the output layer or is listed twice, if no unit of a
  ///   layer would be left, if a unit that another is tied to is missing, or if one cannot be removed.
  public init(model: Model, removing units: [UnitPlace]) throws(AblateError) {
    try model.requireDistinct(units: units)
    for place in units where place.layer == model.outputLayer {
      throw AblateError(
        .invalidArgument,
        "unit \(UInt(bitPattern: place.unit)) of layer \(place.layer) is of the output layer: only hidden units can be removed"
      )
    }
    let mask = Mask(model: model)
    for place in units { try mask.set(layer: place.layer, unit: place.unit, ablated: true) }
    var removed: [[Int]] = []
    var kept: [[Int]] = []
    for layer in model.layers.indices {
      let bytes = try mask.bytes(layer: layer)
      removed.append(bytes.indices.filter { bytes[$0] != 0 })
      kept.append(bytes.indices.filter { bytes[$0] == 0 })
      if kept[layer].isEmpty {
        throw AblateError(
          .invalidArgument,
          "all \(bytes.count) units of layer \(layer) are to be removed: at least one must be left")
      }
    }
    self.model = model
    self.removed = removed
    self.kept = kept
    ties = try TiedUnits(model)
    marks = try ties.removing(removed)
  }

  /// Whether a value of a row, or a channel where values are by channel, belongs to a unit that goes.
  func isRemoved(_ value: Int, at point: Int) -> Bool { marks.pointer[Int(ties.owners[point][value])] }

  /// The layers that lose units.
  public var layers: [Int] { removed.indices.filter { !removed[$0].isEmpty } }

  /// The smaller model in which each removed unit holds its replacement for ever: it gives what a run with such a mask gives, but for the
  /// rounding of biases where something is folded into them.
  ///
  /// - Throws: `unsupported` for `resample`; `invalidArgument` for a replacement of another model or one that is not finite.
  public func smallerModel(holding replacement: Replacement) throws(AblateError) -> Model {
    try replacement.require(model: model)
    return try rebuilt(holding: try HeldValues(self, replacement))
  }

  /// The smaller model in which the kept units of each layer stand in for the removed ones, as far as they are linear functions of them
  /// on some rows.
  ///
  /// - Parameters:
  ///   - moments: one for each layer that loses units. Those are dense, and nothing but dense layers, scalings and activation functions
  ///     follows them.
  ///   - ridge: finite, 0 or more; for `leastSquares`.
  public func smallerModel(
    compensating method: Compensation, moments: [Moments], ridge: Double = 0
  ) throws(AblateError) -> Model {
    guard ridge >= 0, ridge.isFinite else {
      throw AblateError(.invalidArgument, "the ridge must be finite, and 0 or more")
    }
    try model.requireChain("compensation by other units", of: layers)
    var folds: [Fold?] = []
    for layer in 0..<model.outputLayer {
      guard !removed[layer].isEmpty else {
        folds.append(nil)
        continue
      }
      guard let moments = moments.first(where: { $0.layer == layer }) else {
        throw AblateError(.invalidArgument, "there are no moments of layer \(layer), which loses units")
      }
      folds.append(try Fold(self, moments, method, ridge: ridge))
    }
    return try rebuilt(folding: folds)
  }

  /// The steps between a hidden layer and the next.
  static func stepsBetween(_ model: Model, behind layer: Int) -> Range<Int> {
    model.stepOfLayer[layer] + 1..<model.stepOfLayer[layer + 1]
  }
}

/// What makes up for removed units. Raw values are those of `ablate_compensation` in the C header, where 0 is a replacement.
public enum Compensation: Int32, Sendable {
  /// The kept unit whose correlation with the removed one is largest in magnitude. (NoiseOut: Babaeizadeh, Smaragdis and Campbell 2016,
  /// arXiv 1611.06211.)
  case correlated = 1
  /// All kept units, by least squares. (As ThiNet, Luo, Wu and Lin 2017, arXiv 1707.06342, reconstructs the next layer's input.)
  case leastSquares = 2
}
