import AblateModel
import AblateRuntime

extension Surgery {
  /// The model of the kept units.
  ///
  /// - Parameters:
  ///   - held: what removed units hold for ever, or:
  ///   - folds: one for each hidden layer, what it does to the dense layer behind; nil: nothing.
  func rebuilt(holding held: HeldValues? = nil, folding folds: [Fold?] = []) throws(AblateError) -> Model {
    var builder = try ModelBuilder(inputShape: model.inputShape, kernels: model.kernels)
    for (index, step) in model.steps.enumerated() {
      let source = model.sources[index][0]
      switch step {
      case .dense(let layer):
        let gone = removedValues(source)
        var fold = layer > 0 && layer <= folds.count ? folds[layer - 1] : nil
        if let held, !gone.isEmpty { fold = try Fold(removed: gone, holding: held.points[source]) }
        try add(layer, from: source, gone, fold, to: &builder)
      case .convolution(let layer): try addConvolution(layer, from: source, held, to: &builder)
      case .affine(let affine): try add(affine, from: source, to: &builder)
      case .activation(let name, let activation, _):
        try builder.addActivation(name: name, activation, from: source)
      case .operation(let operation): try add(operation, from: model.sources[index], index + 1, to: &builder)
      }
    }
    builder.setHead(model.head)
    if let labels = model.classLabels { builder.setClassLabels(labels) }
    return try builder.build()
  }

  /// The values of a row that go, or stay.
  private func removedValues(_ point: Int) -> [Int] {
    (0..<model.shapes[point].count).filter { isRemoved($0, at: point) }
  }

  private func keptValues(_ point: Int) -> [Int] { keptChannels(point, model.shapes[point].count) }

  /// The channels that stay, of those that the values of a row are of.
  func keptChannels(_ point: Int, _ channels: Int) -> [Int] {
    (0..<channels).filter { !isRemoved($0, at: point) }
  }

  private func add(
    _ index: Int, from source: Int, _ gone: [Int], _ fold: Fold?, to builder: inout ModelBuilder
  ) throws(AblateError) {
    let layer = model.layers[index]
    let units = kept[index]
    let inputs = keptValues(source)
    let width = inputs.count
    let weights = try Buffer<Float>(rows: units.count, columns: width)
    let bias = try Buffer<Float>(count: units.count)
    let sums = try Buffer<Double>(count: width + 1)
    for (place, unit) in units.enumerated() {
      let from = layer.weights.pointer + unit * layer.inputs
      let target = weights.pointer + place * width
      bias.pointer[place] = layer.bias.pointer[unit]
      for (column, input) in inputs.enumerated() { target[column] = from[input] }
      guard let fold else { continue }
      Self.fold(fold, gone, from, weights: target, width, bias: bias.pointer + place, sums.pointer)
      for column in 0..<width where !target[column].isFinite { throw unfoldable(index, unit) }
      if !bias.pointer[place].isFinite { throw unfoldable(index, unit) }
    }
    try builder.addDense(
      name: layer.name, units: units.count, layout: .outIn,
      weights: UnsafeBufferPointer(start: weights.pointer, count: weights.count),
      bias: UnsafeBufferPointer(start: bias.pointer, count: bias.count), activation: layer.activation, from: source)
  }

  /// Adds to a unit's weights and bias what stands in for the removed inputs, whose weights are in `source`.
  private static func fold(
    _ fold: Fold, _ removed: [Int], _ source: UnsafePointer<Float>, weights: UnsafeMutablePointer<Float>, _ width: Int,
    bias: UnsafeMutablePointer<Float>, _ sums: UnsafeMutablePointer<Double>
  ) {
    var sum = Double(bias.pointee)
    for (place, unit) in removed.enumerated() where fold.constants.pointer[place] != 0 {
      sum += Double(source[unit]) * fold.constants.pointer[place]
    }
    bias.pointee = Float(sum)
    guard let factors = fold.factors else { return }
    for column in 0..<width { sums[column] = Double(weights[column]) }
    for (place, unit) in removed.enumerated() {
      let weight = Double(source[unit])
      let row = factors.pointer + place * width
      for column in 0..<width { sums[column] += weight * row[column] }
    }
    for column in 0..<width { weights[column] = Float(sums[column]) }
  }

  func unfoldable(_ layer: Int, _ unit: Int) -> AblateError {
    AblateError(
      .invalidArgument,
      "what is removed in front of it, folded into unit \(unit) of layer \(layer), is beyond what a float32 can hold")
  }

  private func add(_ affine: AffineStep, from source: Int, to builder: inout ModelBuilder) throws(AblateError) {
    let values = keptChannels(source, affine.width)
    // Arrays that were not given are not counted as parameters.
    let areAllGiven = affine.parameterCount == 3 * affine.width
    let center = try Self.taken(affine.center, values, unless: areAllGiven ? nil : 0)
    let scale = try Self.taken(affine.scale, values, unless: areAllGiven ? nil : 1)
    let shift = try Self.taken(affine.shift, values, unless: areAllGiven ? nil : 0)
    try builder.addAffine(
      name: affine.name, center: center.map { UnsafeBufferPointer(start: $0.pointer, count: $0.count) },
      scale: scale.map { UnsafeBufferPointer(start: $0.pointer, count: $0.count) },
      shift: shift.map { UnsafeBufferPointer(start: $0.pointer, count: $0.count) },
      isPerChannel: affine.positions > 1, from: source)
  }

  /// The values of those that are kept; nil if every value is the default.
  private static func taken(
    _ values: Buffer<Float>, _ kept: [Int], unless standard: Float?
  ) throws(AblateError) -> Buffer<Float>? {
    if let standard {
      var isStandard = true
      for index in 0..<values.count where values.pointer[index] != standard { isStandard = false }
      if isStandard { return nil }
    }
    let taken = try Buffer<Float>(count: kept.count)
    for (place, unit) in kept.enumerated() { taken.pointer[place] = values.pointer[unit] }
    return taken
  }
}
