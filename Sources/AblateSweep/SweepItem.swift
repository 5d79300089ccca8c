/// What an item of a sweep ablates; what does not apply is nil.
public struct SweepItem: Equatable, Sendable {
  public var layer: Int?
  public var unit: Int?
  /// Of a synapse, the input of its unit; of the input itself, the value.
  public var input: Int?
  /// Of a pair, the other unit, and its layer.
  public var secondUnit: Int?
  public var secondLayer: Int?

  init(
    layer: Int? = nil, unit: Int? = nil, input: Int? = nil, secondUnit: Int? = nil, secondLayer: Int? = nil
  ) {
    self.layer = layer
    self.unit = unit
    self.input = input
    self.secondUnit = secondUnit
    self.secondLayer = secondLayer
  }
}
