import AblateModel

/// Some synapses of a layer: those of some units, or those of one input.
struct SynapsePart: Sendable {
  let layer: Int
  /// The units in the order of the items; nil for all.
  let units: [Int]?
  /// The place of each unit among them.
  private var places: [Int?] = []
  /// nil for all inputs of a unit, next to each other.
  let input: Int?

  init(layer: Int, units: [Int]? = nil, input: Int? = nil, of model: Model) {
    self.layer = layer
    self.units = units
    self.input = input
    guard let units else { return }
    places = Array(repeating: nil, count: model.layers[layer].units)
    for (place, unit) in units.enumerated() { places[unit] = place }
  }

  func itemCount(_ model: Model) -> Int {
    (units?.count ?? model.layers[layer].units) * (input == nil ? model.layers[layer].inputs : 1)
  }

  func synapse(_ index: Int, _ model: Model) -> (unit: Int, input: Int) {
    if let input { return (units?[index] ?? index, input) }
    let (place, input) = index.quotientAndRemainder(dividingBy: model.layers[layer].inputs)
    return (units?[place] ?? place, input)
  }

  /// What added to an input of a unit gives the synapse's item; nil if the unit is not of the part.
  func itemOffset(unit: Int, _ model: Model) -> Int? {
    guard let place = units == nil ? unit : places[unit] else { return nil }
    return input.map { place - $0 } ?? place * model.layers[layer].inputs
  }
}
