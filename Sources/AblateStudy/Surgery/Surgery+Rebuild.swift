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
      case .dense(let layer), .convolution(let layer):
        let fold = layer > 0 && layer <= folds.count ? folds[layer - 1] : nil
        try add(layer, from: source, held, fold, to: &builder)
      case .affine(let affine): builder.add(try affine.keeping(keptChannels(source, affine.width)), from: source)
      case .activation(let name, let activation, _):
        try builder.addActivation(name: name, activation, from: source)
      case .operation(let operation):
        builder.add(try smaller(operation, behind: index + 1, builder), from: model.sources[index])
      }
    }
    builder.setHead(model.head)
    if let labels = model.classLabels { builder.setClassLabels(labels) }
    return try builder.build()
  }

  /// The channels that stay, of those that the values at a point are of.
  func keptChannels(_ point: Int, _ channels: Int) -> [Int] {
    (0..<channels).filter { !isRemoved($0, at: point) }
  }

  /// A dense layer has one channel for each value that it reads.
  private func add(
    _ index: Int, from source: Int, _ held: HeldValues?, _ fold: Fold?, to builder: inout ModelBuilder
  ) throws(AblateError) {
    let layer = model.layers[index]
    let groups = layer.groups
    let (units, channels) = (kept[index], keptChannels(source, layer.inputs * groups))
    // A depthwise convolution loses groups, others lose as much of each. None of its units that stay reads a channel that goes.
    let isDepthwise = groups > 1 && layer.inputs == 1
    let smallerGroups = isDepthwise ? channels.count : groups
    let width = channels.count / smallerGroups
    let weights = try Buffer<Float>(rows: units.count, columns: width * layer.taps)
    let bias = try Buffer<Float>(count: units.count)
    var constants: Buffer<Double>?
    if let held, !isDepthwise { constants = try held.constants(source, of: index) }
    for (place, unit) in units.enumerated() {
      let own = layer.weights.pointer + unit * layer.weightsPerUnit
      let target = weights.pointer + place * width * layer.taps
      for tap in 0..<layer.taps {
        for column in 0..<width {
          target[tap * width + column] = own[tap * layer.inputs + (isDepthwise ? 0 : channels[column])]
        }
      }
      var sum = Double(layer.bias.pointer[unit])
      if let constants = constants?.pointer {
        let first = unit / (layer.units / groups) * layer.inputs
        for input in 0..<layer.inputs where constants[first + input] != 0 {
          for tap in 0..<layer.taps { sum += Double(own[tap * layer.inputs + input]) * constants[first + input] }
        }
      }
      if let fold { try add(fold, of: index - 1, own, weights: target, &sum) }
      bias.pointer[place] = Float(sum)
      var isFinite = bias.pointer[place].isFinite
      for weight in 0..<width * layer.taps where !target[weight].isFinite { isFinite = false }
      guard isFinite else {
        throw AblateError(
          .invalidArgument,
          "what layers in front lose, folded into unit \(unit) of layer \(index), is beyond what a float32 can hold")
      }
    }
    try builder.add(
      like: layer, units: units.count, inputs: width, groups: smallerGroups, weights: weights, bias: bias, from: source)
  }

  /// Adds to a unit's weights and bias what stands in for the removed units of the layer before, whose weights are in `source`.
  private func add(
    _ fold: Fold, of before: Int, _ source: UnsafePointer<Float>, weights: UnsafeMutablePointer<Float>,
    _ bias: inout Double
  ) throws(AblateError) {
    let width = kept[before].count
    let sums = try Buffer<Double>(count: width)
    for column in 0..<width { sums.pointer[column] = Double(weights[column]) }
    for (place, unit) in removed[before].enumerated() {
      let weight = Double(source[unit])
      bias += weight * fold.constants.pointer[place]
      let row = fold.factors.pointer + place * width
      for column in 0..<width { sums.pointer[column] += weight * row[column] }
    }
    for column in 0..<width { weights[column] = Float(sums.pointer[column]) }
  }

  private func smaller(
    _ operation: Operation, behind point: Int, _ builder: ModelBuilder
  ) throws(AblateError) -> Operation {
    let source = model.sources[point - 1][0]
    let shape = operation.shape
    var kind = operation.kind
    let channels = keptChannels(point, shape.channels).count
    var count = channels * shape.positions
    switch kind {
    case .arrangement(let arrangement):
      let (table, _) = try rearranged(1, arrangement.sources, from: source, point)
      count = table.count
      kind = .arrangement(
        Arrangement(sources: table, fill: arrangement.fill, shape: Self.shape(of: count, like: shape, channels)))
    case .mixture(let mixture):
      let (table, values) = try rearranged(mixture.terms, mixture.sources, from: source, point)
      let weights = try Buffer<Float>(count: table.count)
      for (place, value) in values.enumerated() {
        (weights.pointer + place * mixture.terms).copy(
          from: mixture.weights.pointer + value * mixture.terms, count: mixture.terms)
      }
      count = values.count
      kind = .mixture(Mixture(terms: mixture.terms, sources: table, weights: weights))
    case .sum, .product, .channelProduct: count = builder.shapes[source].count
    default: break
    }
    guard count > 0 else {
      throw AblateError(
        .invalidArgument, "\(builder.label(operation.kind.name, operation.name)) would be left without values")
    }
    return Operation(name: operation.name, kind: kind, shape: Self.shape(of: count, like: shape, channels))
  }

  /// Of so many values: with the positions of an intact shape if each has `channels` of them.
  private static func shape(of count: Int, like intact: ValueShape, _ channels: Int) -> ValueShape {
    let isByChannel = count == channels * intact.positions
    return ValueShape(
      height: isByChannel ? intact.height : 1, width: isByChannel ? intact.width : 1,
      channels: isByChannel ? channels : count)
  }

  /// The places of what is kept among the kept values of the source, and the values of the intact model that they are for.
  private func rearranged(
    _ terms: Int, _ sources: Buffer<Int32>, from source: Int, _ point: Int
  ) throws(AblateError) -> (table: Buffer<Int32>, values: [Int]) {
    let places = try Buffer<Int32>(count: model.shapes[source].count)
    for (place, value) in keptChannels(source, places.count).enumerated() { places.pointer[value] = Int32(place) }
    let values = keptChannels(point, model.shapes[point].count)
    let table = try Buffer<Int32>(rows: values.count, columns: terms)
    for (place, value) in values.enumerated() {
      for term in 0..<terms {
        let old = sources.pointer[value * terms + term]
        table.pointer[place * terms + term] = old < 0 ? -1 : places.pointer[Int(old)]
      }
    }
    return (table, values)
  }
}
