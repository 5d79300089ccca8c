import AblateModel
import AblateRuntime

/// Rows of the values at one point of the model, each with an item's values replaced, gathered until there are enough to be worth
/// running.
final class AblatedRows {
  /// [capacity, stride of the point]
  let values: Buffer<Float>
  /// The label of each row.
  let labels: Buffer<Int32>
  private(set) var count = 0
  private let capacity: Int
  private let origins: Buffer<Origin>

  /// Which row of the block and which item of the sweep a gathered row stands for.
  struct Origin: BitwiseCopyable {
    let row: Int
    let item: Int
  }

  init(widest: Int, capacity: Int) throws(AblateError) {
    self.capacity = capacity
    values = try Buffer(rows: capacity, columns: RowStride.padded(widest))
    labels = try Buffer(count: capacity)
    origins = try Buffer(count: capacity)
  }

  var isFull: Bool { count == capacity }

  func origin(_ index: Int) -> Origin { origins.pointer[index] }

  /// Adds a row and returns where its values are to be written: [stride of the point].
  func append(_ origin: Origin, label: Int32, stride: Int) -> UnsafeMutablePointer<Float> {
    let target = values.pointer + count * stride
    labels.pointer[count] = label
    origins.pointer[count] = origin
    count += 1
    return target
  }

  func removeAll() { count = 0 }
}
