import AblateModel
import AblateRuntime

extension Model {
  /// Calls `body` with each layer that reads values of a unit, or what steps between layers make of them, and each input of it that these
  /// are: a channel of all that its groups read, of a dense layer one value.
  package func forEachInput(
    from place: UnitPlace, _ body: (_ layer: Int, _ channel: Int) -> Void
  ) throws(AblateError) {
    var marks: [Buffer<Bool>?] = Array(repeating: nil, count: steps.count + 1)
    let point = point(behindLayer: place.layer)
    let own = try Buffer<Bool>(count: width(ofPoint: point))
    for value in stride(from: place.unit, to: own.count, by: layers[place.layer].units) { own.pointer[value] = true }
    marks[point] = own
    for step in point..<steps.count where sources[step].contains(where: { marks[$0] != nil }) {
      switch steps[step] {
      case .dense(let index), .convolution(let index):
        guard let read = marks[sources[step][0]] else { continue }
        let channels = try Buffer<Bool>(count: layers[index].inputs * layers[index].groups)
        for value in 0..<read.count where read.pointer[value] { channels.pointer[value % channels.count] = true }
        for channel in 0..<channels.count where channels.pointer[channel] { body(index, channel) }
      case .affine, .activation: marks[step + 1] = marks[sources[step][0]]
      case .operation(let operation):
        marks[step + 1] = try self.marks(behind: operation, sources[step], marks)
      }
    }
  }

  /// Adds the synapses by which layers read the values of a unit, by layer and input, but those that are there.
  ///
  /// - Returns: whether there are any.
  func append(synapsesLeaving place: UnitPlace, to parts: inout [SynapsePart]) throws(AblateError) -> Bool {
    var isRead = false
    try forEachInput(from: place) { index, channel in
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

  /// Which values of a step come from marked ones.
  private func marks(
    behind operation: Operation, _ sources: [Int], _ known: [Buffer<Bool>?]
  ) throws(AblateError) -> Buffer<Bool> {
    let shape = operation.shape
    let result = try Buffer<Bool>(count: shape.count)
    let marks = result.pointer
    var place = 0
    for (number, source) in sources.enumerated() {
      let count = width(ofPoint: source)
      // Of a concatenation.
      let width = count / shape.positions
      let first = place
      place += width
      guard let own = known[source]?.pointer else { continue }
      switch operation.kind {
      case .pooling, .globalMaximum, .globalAverage:
        for value in 0..<count where own[value] { marks[value % shape.channels] = true }
        for value in shape.channels..<shape.count { marks[value] = marks[value % shape.channels] }
      case .sum, .product, .responseNormalization:
        for value in 0..<shape.count where own[value] { marks[value] = true }
      case .channelProduct:
        for value in 0..<shape.count where own[number == 0 ? value : value % shape.channels] { marks[value] = true }
      case .concatenation:
        for value in 0..<count where own[value] {
          marks[value / width * shape.channels + first + value % width] = true
        }
      case .arrangement(let arrangement):
        for value in 0..<shape.count {
          let source = Int(arrangement.sources.pointer[value])
          marks[value] = source >= 0 && own[source]
        }
      case .mixture(let mixture):
        for term in 0..<shape.count * mixture.terms where own[Int(mixture.sources.pointer[term])] {
          marks[term / mixture.terms] = true
        }
      }
    }
    return result
  }
}
