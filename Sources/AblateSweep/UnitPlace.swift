/// A unit of a model.
public struct UnitPlace: Equatable, Sendable, BitwiseCopyable {
  public let layer: Int
  public let unit: Int

  public init(layer: Int, unit: Int) {
    self.layer = layer
    self.unit = unit
  }
}
