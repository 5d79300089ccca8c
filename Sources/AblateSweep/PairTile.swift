import AblateModel
import AblateRuntime

/// Rows of a layer's activations, each with one unit's replaced, gathered until they fill a tile worth running.
final class PairTile {
  /// [capacity, stride of the layer]
  let values: Buffer<Float>
  /// The label of each row of the tile.
  let labels: Buffer<Int32>
  private(set) var count = 0
  private let capacity: Int
  private let pairs: Buffer<Pair>

  /// Which row of the block and which item of the sweep a row of the tile stands for.
  struct Pair: BitwiseCopyable {
    let row: Int
    let item: Int
  }

  init(model: Model, layers: [Int], capacity: Int) throws(AblateError) {
    self.capacity = capacity
    let widest = layers.reduce(0) { max($0, model.layers[$1].units) }
    values = try Buffer(rows: capacity, columns: RowStride.padded(widest))
    labels = try Buffer(count: capacity)
    pairs = try Buffer(count: capacity)
  }

  var isFull: Bool { count == capacity }

  func stride(units: Int) -> Int { RowStride.padded(units) }

  func pair(_ index: Int) -> Pair { pairs.pointer[index] }

  func append(
    row: Int, item: Int, label: Int32, activations: UnsafePointer<Float>, units: Int, unit: Int, value: Float
  ) {
    let target = values.pointer + count * stride(units: units)
    target.copy(from: activations, count: units)
    target[unit] = value
    labels.pointer[count] = label
    pairs.pointer[count] = Pair(row: row, item: item)
    count += 1
  }

  func removeAll() { count = 0 }
}
