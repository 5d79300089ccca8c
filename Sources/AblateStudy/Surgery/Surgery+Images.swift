import AblateModel
import AblateRuntime

extension Surgery {
  /// A convolution of the kept units over the kept channels.
  func addConvolution(
    _ index: Int, from source: Int, _ held: HeldValues?, to builder: inout ModelBuilder
  ) throws(AblateError) {
    let layer = model.layers[index]
    guard let (geometry, groups) = layer.convolution.map({ ($0.geometry, $0.groups) }) else { return }
    let units = kept[index]
    let channels = keptChannels(source, layer.inputs * groups)
    // A depthwise convolution loses groups, others lose as much of each.
    let isDepthwise = groups > 1 && layer.inputs == 1
    let smallerGroups = isDepthwise ? channels.count : groups
    let inputs = Array(channels.prefix(channels.count / smallerGroups))
    let read = isDepthwise ? [0] : inputs
    let weights = try Buffer<Float>(rows: units.count, columns: read.count * layer.taps)
    let bias = try Buffer<Float>(count: units.count)
    let constants = try constants(index, from: source, held)
    for (place, unit) in units.enumerated() {
      let own = layer.weights.pointer + unit * layer.weightsPerUnit
      for (column, input) in read.enumerated() {
        for tap in 0..<layer.taps {
          weights.pointer[(place * read.count + column) * layer.taps + tap] = own[tap * layer.inputs + input]
        }
      }
      bias.pointer[place] = layer.bias.pointer[unit]
      guard let constants else { continue }
      let first = unit / (layer.units / groups) * layer.inputs
      var sum = Double(layer.bias.pointer[unit])
      for input in 0..<layer.inputs where constants.pointer[first + input] != 0 {
        for tap in 0..<layer.taps { sum += Double(own[tap * layer.inputs + input]) * constants.pointer[first + input] }
      }
      bias.pointer[place] = Float(sum)
      if !bias.pointer[place].isFinite { throw unfoldable(index, unit) }
    }
    try builder.addConvolution(
      name: layer.name, units: units.count, window: ImageWindow(geometry), groups: smallerGroups,
      weights: UnsafeBufferPointer(start: weights.pointer, count: weights.count),
      bias: UnsafeBufferPointer(start: bias.pointer, count: bias.count), activation: layer.activation, from: source,
      as: ValueShape(height: geometry.inputHeight, width: geometry.inputWidth, channels: channels.count))
  }

  /// What the removed channels that a convolution reads hold, 0 for the others; nil if it is 0 for all.
  private func constants(
    _ layer: Int, from source: Int, _ held: HeldValues?
  ) throws(AblateError) -> Buffer<Double>? {
    let inputs = model.layers[layer].inputs
    guard let held, let convolution = model.layers[layer].convolution else { return nil }
    // No unit of a depthwise convolution that stays reads a channel that goes.
    if convolution.groups > 1 && inputs == 1 { return nil }
    let channels = inputs * convolution.groups
    let values = try held.channels(source, channels)
    let constants = try Buffer<Double>(count: channels)
    var isNeeded = false
    for channel in 0..<channels where isRemoved(channel, at: source) && values[channel] != 0 {
      constants.pointer[channel] = Double(values[channel])
      isNeeded = true
    }
    if isNeeded && convolution.geometry.touchesPadding { throw HeldValues.uneven }
    return isNeeded ? constants : nil
  }

  func add(
    _ operation: Operation, from sources: [Int], _ point: Int, to builder: inout ModelBuilder
  ) throws(AblateError) {
    let (name, shape, source) = (operation.name, operation.shape, sources[0])
    let image = ValueShape(
      height: shape.height, width: shape.width, channels: keptChannels(point, shape.channels).count)
    switch operation.kind {
    case .pooling(let pooling, let geometry):
      try builder.addPooling(
        name: name, pooling, window: ImageWindow(geometry), from: source,
        as: ValueShape(height: geometry.inputHeight, width: geometry.inputWidth, channels: image.channels))
    case .globalMaximum, .globalAverage:
      var isMaximum = false
      if case .globalMaximum = operation.kind { isMaximum = true }
      let positions = model.shapes[source].count / shape.channels
      try builder.addGlobalPooling(
        name: name, isMaximum: isMaximum, from: source,
        as: ValueShape(height: positions, width: 1, channels: image.channels))
    case .sum(let activation):
      let image = builder.shapes[source].count == image.count ? image : nil
      try builder.addSum(name: name, of: source, and: sources[1], activation: activation, as: image)
    case .product, .channelProduct:
      let image = builder.shapes[source].count == image.count ? image : nil
      try builder.addProduct(name: name, of: source, and: sources[1], as: image)
    case .concatenation:
      try builder.addConcatenation(name: name, of: sources, height: shape.height, width: shape.width)
    case .arrangement(let arrangement):
      let (result, table, _) = try rearranged(operation, 1, arrangement.sources, from: source, point)
      try builder.addArrangement(name: name, shape: result, sources: table, fill: arrangement.fill, from: source)
    case .mixture(let mixture):
      let (result, table, values) = try rearranged(operation, mixture.terms, mixture.sources, from: source, point)
      let weights = try Buffer<Float>(count: table.count)
      for (place, value) in values.enumerated() {
        (weights.pointer + place * mixture.terms).copy(
          from: mixture.weights.pointer + value * mixture.terms, count: mixture.terms)
      }
      try builder.addMixture(
        name: name, shape: result, terms: mixture.terms, sources: table, weights: weights, from: source)
    case .responseNormalization(let normalization):
      try builder.addResponseNormalization(name: name, normalization, from: source, as: shape)
    }
  }

  /// The places of what is kept among the kept values of the source, and the values of the intact model that they are for.
  private func rearranged(
    _ operation: Operation, _ terms: Int, _ sources: Buffer<Int32>, from source: Int, _ point: Int
  ) throws(AblateError) -> (shape: ValueShape, table: Buffer<Int32>, values: [Int]) {
    let shape = operation.shape
    let width = model.shapes[source].count
    let places = try Buffer<Int32>(count: width)
    var next: Int32 = 0
    for value in 0..<width where !isRemoved(value, at: source) {
      places.pointer[value] = next
      next += 1
    }
    let values = keptChannels(point, shape.count)
    let table = try Buffer<Int32>(rows: values.count, columns: terms)
    for (place, value) in values.enumerated() {
      for term in 0..<terms {
        let old = sources.pointer[value * terms + term]
        table.pointer[place * terms + term] = old < 0 ? -1 : places.pointer[Int(old)]
      }
    }
    let isByChannel = (0..<shape.count).allSatisfy {
      isRemoved($0, at: point) == isRemoved($0 % shape.channels, at: point)
    }
    let channels = isByChannel ? keptChannels(point, shape.channels).count : 0
    let isWhole = channels * shape.positions == values.count
    return (
      isWhole && channels > 0
        ? ValueShape(height: shape.height, width: shape.width, channels: channels)
        : ValueShape(height: 1, width: 1, channels: values.count), table, values
    )
  }
}
