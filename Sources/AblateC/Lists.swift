import AblateModel
import AblateRuntime
import AblateSweep
import CAblate

/// A copy of the numbers a caller names; nil if the list is NULL.
func numberList(
  _ list: UnsafePointer<Int>?, _ count: Int, _ countArgument: StaticString, _ possible: ClosedRange<Int>
) throws(AblateError) -> [Int]? {
  guard let list else {
    try requireCount(count, is: 0, countArgument)
    return nil
  }
  guard possible.contains(count) else {
    throw AblateError(
      .invalidArgument,
      "\(countArgument.text) is \(UInt(bitPattern: count)): \(possible.lowerBound) to \(possible.upperBound) are possible"
    )
  }
  return Array(UnsafeBufferPointer(start: list, count: count))
}

/// The layers a caller names; nil if the list is NULL.
func layerList(
  _ layers: UnsafePointer<Int>?, _ count: Int, _ countArgument: StaticString, model: Model
) throws(AblateError) -> [Int]? {
  try numberList(layers, count, countArgument, 0...model.layers.count)
}

/// The units a caller names: at least `least`, at most as many as the model has.
func unitList(
  _ list: UnsafePointer<ablate_unit>?, _ argument: StaticString, _ count: Int, _ countArgument: StaticString,
  least: Int = 1, model: Model
) throws(AblateError) -> [UnitPlace] {
  let list = try required(list, argument)
  guard count >= least, count <= model.unitCount else {
    throw AblateError(
      .invalidArgument, "\(countArgument.text) is \(UInt(bitPattern: count)): the model has \(model.unitCount) units")
  }
  return UnsafeBufferPointer(start: list, count: count).map { UnitPlace($0) }
}

extension UnitPlace {
  init(_ unit: ablate_unit) { self.init(layer: unit.layer, unit: unit.unit) }
}
