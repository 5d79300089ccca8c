import AblateModel
import AblateRuntime

extension Surgery {
  /// The model of the kept units, with what the folds (one for each hidden layer; nil: nothing) do to the layer behind.
  func rebuilt(_ folds: [Fold?]) throws(AblateError) -> Model {
    var builder = try ModelBuilder(inputShape: model.inputShape, kernels: model.kernels)
    var before: Int?
    for step in model.steps {
      switch step {
      case .dense(let layer):
        try add(layer, behind: before, before.flatMap { folds[$0] }, to: &builder)
        before = layer
      case .affine(let affine): try add(affine, behind: before, to: &builder)
      case .activation(let name, let activation, _): try builder.addActivation(name: name, activation)
      case .convolution, .operation: throw model.unsupportedImages("surgery")
      }
    }
    builder.setHead(model.head)
    if let labels = model.classLabels { builder.setClassLabels(labels) }
    return try builder.build()
  }

  private func add(
    _ index: Int, behind before: Int?, _ fold: Fold?, to builder: inout ModelBuilder
  ) throws(AblateError) {
    let layer = model.layers[index]
    let units = kept[index]
    let inputs = before.map { kept[$0] }
    let width = inputs?.count ?? layer.inputs
    let weights = try Buffer<Float>(rows: units.count, columns: width)
    let bias = try Buffer<Float>(count: units.count)
    let sums = try Buffer<Double>(count: width + 1)
    for (place, unit) in units.enumerated() {
      let source = layer.weights.pointer + unit * layer.inputs
      let target = weights.pointer + place * width
      bias.pointer[place] = layer.bias.pointer[unit]
      if let inputs {
        for (column, input) in inputs.enumerated() { target[column] = source[input] }
      } else {
        target.copy(from: source, count: width)
      }
      guard let fold, let before else { continue }
      Self.fold(fold, removed[before], source, weights: target, width, bias: bias.pointer + place, sums.pointer)
      for column in 0..<width where !target[column].isFinite { throw unfoldable(before, index, unit) }
      if !bias.pointer[place].isFinite { throw unfoldable(before, index, unit) }
    }
    try builder.addDense(
      name: layer.name, units: units.count, layout: .outIn,
      weights: UnsafeBufferPointer(start: weights.pointer, count: weights.count),
      bias: UnsafeBufferPointer(start: bias.pointer, count: bias.count), activation: layer.activation)
  }

  /// Adds to a unit's weights and bias what stands in for the removed units, whose weights are in `source`.
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

  private func unfoldable(_ before: Int, _ layer: Int, _ unit: Int) -> AblateError {
    AblateError(
      .invalidArgument,
      "what layer \(before) loses, folded into unit \(unit) of layer \(layer), is beyond what a float32 can hold")
  }

  /// A scaling of the input stays as it is.
  private func add(_ affine: AffineStep, behind before: Int?, to builder: inout ModelBuilder) throws(AblateError) {
    let units = before.map { kept[$0] }
    // Arrays that were not given are not counted as parameters.
    let areAllGiven = affine.parameterCount == 3 * affine.width
    let center = try Self.taken(affine.center, units, unless: areAllGiven ? nil : 0)
    let scale = try Self.taken(affine.scale, units, unless: areAllGiven ? nil : 1)
    let shift = try Self.taken(affine.shift, units, unless: areAllGiven ? nil : 0)
    try builder.addAffine(
      name: affine.name, center: center.map { UnsafeBufferPointer(start: $0.pointer, count: $0.count) },
      scale: scale.map { UnsafeBufferPointer(start: $0.pointer, count: $0.count) },
      shift: shift.map { UnsafeBufferPointer(start: $0.pointer, count: $0.count) })
  }

  /// The values of the kept units, of all without a list; nil if every value is the default.
  private static func taken(
    _ values: Buffer<Float>, _ units: [Int]?, unless standard: Float?
  ) throws(AblateError) -> Buffer<Float>? {
    if let standard {
      var isStandard = true
      for index in 0..<values.count where values.pointer[index] != standard { isStandard = false }
      if isStandard { return nil }
    }
    guard let units else { return values }
    let taken = try Buffer<Float>(count: units.count)
    for (place, unit) in units.enumerated() { taken.pointer[place] = values.pointer[unit] }
    return taken
  }
}
