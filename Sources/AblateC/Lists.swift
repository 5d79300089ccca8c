import AblateModel
import AblateRuntime
import AblateSweep
import CAblate

/// The layers a caller names; nil if the list is NULL.
func layerList(
  _ layers: UnsafePointer<Int>?, _ count: Int, _ countArgument: StaticString, model: Model
) throws(AblateError) -> [Int]? {
  guard let layers else {
    try requireCount(count, is: 0, countArgument)
    return nil
  }
  guard count >= 0, count <= model.layers.count else {
    throw AblateError(
      .invalidArgument,
      "\(countArgument.text) is \(UInt(bitPattern: count)): the model has \(model.layers.count) layers")
  }
  return Array(UnsafeBufferPointer(start: layers, count: count))
}

/// The units a caller names: at least one, at most as many as the model has.
func unitList(
  _ list: UnsafePointer<ablate_unit>?, _ argument: StaticString, _ count: Int, _ countArgument: StaticString,
  model: Model
) throws(AblateError) -> [UnitPlace] {
  let list = try required(list, argument)
  guard count >= 1, count <= model.unitCount else {
    throw AblateError(
      .invalidArgument, "\(countArgument.text) is \(UInt(bitPattern: count)): the model has \(model.unitCount) units")
  }
  return UnsafeBufferPointer(start: list, count: count).map { UnitPlace(layer: $0.layer, unit: $0.unit) }
}
