import AblateModel
import AblateRuntime

/// Which unit of a layer each value at a point comes from.
private struct Origins {
  /// The number of the unit + 1; 0 for values that come from none.
  let units: Buffer<Int32>
  /// Whether a value comes from several.
  var isMixed = false

  init(count: Int) throws(AblateError) { units = try Buffer(count: count) }

  mutating func add(_ unit: Int32, to value: Int) {
    isMixed = isMixed || units.pointer[value] != 0 && units.pointer[value] != unit
    units.pointer[value] = unit
  }
}

extension Model {
  /// Calls `body` with each layer that reads values of some units of a layer, or what steps between layers make of them, and each input of
  /// it that these are: a channel of all that its groups read, of a dense layer one value.
  ///
  /// - Returns: false if an input comes from several of the units, as it cannot from one. `body` may have been called before.
  @discardableResult
  package func forEachInput(
    from chosen: Range<Int>, ofLayer number: Int, _ body: (_ unit: Int, _ layer: Int, _ channel: Int) -> Void
  ) throws(AblateError) -> Bool {
    var origins: [Origins?] = Array(repeating: nil, count: steps.count + 1)
    let point = point(behindLayer: number)
    var own = try Origins(count: width(ofPoint: point))
    for value in 0..<own.units.count {
      let unit = value % layers[number].units
      if chosen.contains(unit) { own.add(Int32(unit) + 1, to: value) }
    }
    origins[point] = own
    for step in point..<steps.count where sources[step].contains(where: { origins[$0] != nil }) {
      switch steps[step] {
      case .dense(let index), .convolution(let index):
        guard let read = origins[sources[step][0]] else { continue }
        var channels = try Origins(count: layers[index].inputs * layers[index].groups)
        for value in 0..<read.units.count where read.units.pointer[value] != 0 {
          channels.add(read.units.pointer[value], to: value % channels.units.count)
        }
        if channels.isMixed { return false }
        for channel in 0..<channels.units.count where channels.units.pointer[channel] != 0 {
          body(Int(channels.units.pointer[channel]) - 1, index, channel)
        }
      case .affine, .activation: origins[step + 1] = origins[sources[step][0]]
      case .operation(let operation):
        let found = try self.origins(behind: operation, sources[step], origins)
        if found.isMixed { return false }
        origins[step + 1] = found
      }
    }
    return true
  }

  /// Adds the synapses by which layers read the values of a unit, by layer and input, but those that are there.
  ///
  /// - Returns: whether there are any.
  func append(synapsesLeaving place: UnitPlace, to parts: inout [SynapsePart]) throws(AblateError) -> Bool {
    var isRead = false
    try forEachInput(from: place.unit..<place.unit + 1, ofLayer: place.layer) { _, index, channel in
      isRead = true
      let layer = layers[index]
      let input = channel % layer.inputs
      let units = layer.groups == 1 ? nil : Array(layer.units(reading: channel))
      if parts.contains(where: { $0.layer == index && $0.input == input && $0.units?.first == units?.first }) {
        return
      }
      parts.append(SynapsePart(layer: index, units: units, input: input, of: self))
    }
    return isRead
  }

  /// Where the values of a step come from.
  private func origins(
    behind operation: Operation, _ sources: [Int], _ known: [Origins?]
  ) throws(AblateError) -> Origins {
    let shape = operation.shape
    var result = try Origins(count: shape.count)
    var place = 0
    for (number, source) in sources.enumerated() {
      let count = width(ofPoint: source)
      // Of a concatenation.
      let width = count / shape.positions
      let first = place
      place += width
      guard let own = known[source]?.units.pointer else { continue }
      switch operation.kind {
      case .pooling, .globalMaximum, .globalAverage:
        for value in 0..<count where own[value] != 0 { result.add(own[value], to: value % shape.channels) }
        for value in shape.channels..<shape.count {
          result.units.pointer[value] = result.units.pointer[value % shape.channels]
        }
      case .sum, .product, .responseNormalization:
        for value in 0..<shape.count where own[value] != 0 { result.add(own[value], to: value) }
      case .channelProduct:
        for value in 0..<shape.count {
          let unit = own[number == 0 ? value : value % shape.channels]
          if unit != 0 { result.add(unit, to: value) }
        }
      case .concatenation:
        for value in 0..<count where own[value] != 0 {
          result.add(own[value], to: value / width * shape.channels + first + value % width)
        }
      case .arrangement(let arrangement):
        for value in 0..<shape.count {
          let source = Int(arrangement.sources.pointer[value])
          if source >= 0 { result.units.pointer[value] = own[source] }
        }
      case .mixture(let mixture):
        for term in 0..<shape.count * mixture.terms {
          let unit = own[Int(mixture.sources.pointer[term])]
          if unit != 0 { result.add(unit, to: term / mixture.terms) }
        }
      }
    }
    return result
  }
}
