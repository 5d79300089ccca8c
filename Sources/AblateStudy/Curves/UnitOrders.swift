import AblateRuntime
import AblateSweep

/// Several orders of equally many units, in memory that may run out.
public struct UnitOrders {
  public let count: Int
  /// The units of each order.
  public let length: Int
  /// [count, length]
  private let places: Buffer<UnitPlace>

  /// - Parameter unit: the unit at a place of an order.
  /// - Throws: `invalidArgument` if there is no order; `outOfMemory`.
  public init(
    count: Int, length: Int, unit: (_ order: Int, _ place: Int) -> UnitPlace
  ) throws(AblateError) {
    guard count > 0 else { throw AblateError(.invalidArgument, "there is no order of units") }
    places = try Buffer(rows: count, columns: length)
    self.count = count
    self.length = length
    for order in 0..<count {
      for place in 0..<length { places.pointer[order * length + place] = unit(order, place) }
    }
  }

  /// - Throws: `invalidArgument`, also for orders that differ in length; `outOfMemory`.
  public init(_ lists: [[UnitPlace]]) throws(AblateError) {
    let length = lists.first?.count ?? 0
    for (number, list) in lists.enumerated() where list.count != length {
      throw AblateError(.invalidArgument, "order \(number) has \(list.count) units, the first has \(length)")
    }
    try self.init(count: lists.count, length: length) { order, place in lists[order][place] }
  }

  /// The units of an order of the list, which must be one.
  subscript(_ order: Int) -> UnsafeBufferPointer<UnitPlace> {
    UnsafeBufferPointer(start: places.pointer + order * length, count: length)
  }
}
