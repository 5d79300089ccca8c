import AblateModel
import AblateRuntime

/// Rows of the values at one point of the model, each with an item's values replaced, gathered until there are enough to be worth
/// running.
final class AblatedRows {
  /// [capacity, stride of the point]
  let values: Buffer<Float>
  private(set) var count = 0
  private let capacity: Int
  private let origins: Buffer<Origin>
  private let changes: Buffer<Change>

  init(widest: Int, capacity: Int) throws(AblateError) {
    self.capacity = capacity
    values = try Buffer(rows: capacity, columns: RowStride.padded(widest))
    origins = try Buffer(count: capacity)
    changes = try Buffer(count: capacity)
  }

  var isFull: Bool { count == capacity }

  func origin(_ index: Int) -> Origin { origins.pointer[index] }

  func change(_ index: Int) -> Change { changes.pointer[index] }

  /// Adds a row, whose values are written by the caller.
  func append(_ origin: Origin, _ change: Change) {
    origins.pointer[count] = origin
    changes.pointer[count] = change
    count += 1
  }

  func removeAll() { count = 0 }
}
