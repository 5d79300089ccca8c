import AblateModel
import AblateRuntime

/// Which row of a block and which item of a sweep a gathered row stands for.
struct Origin: BitwiseCopyable {
  let row: Int
  let item: Int
}

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

  /// Adds a row and returns where its values are to be written: [stride of the point].
  func append(_ origin: Origin, _ change: Change, stride: Int) -> UnsafeMutablePointer<Float> {
    let target = values.pointer + count * stride
    origins.pointer[count] = origin
    changes.pointer[count] = change
    count += 1
    return target
  }

  func removeAll() { count = 0 }
}
