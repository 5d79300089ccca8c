import AblateRuntime
import CONNX

/// A constant of a file, or computed from some. Floating-point elements are held as doubles, whole numbers as 64-bit integers.
final class Tensor {
  enum Storage {
    case numbers(Buffer<Double>)
    /// All elements are the same.
    case repeated(Double)
    case integers(Buffer<Int64>)
    case texts([String])
  }

  /// The name of the initializer it came from; empty for other constants.
  let name: Bytes
  let dims: [Int]
  let type: ElementType
  let count: Int
  let storage: Storage

  /// The storage has as many elements as `dims` multiply to.
  init(name: Bytes, dims: [Int], type: ElementType, count: Int, storage: Storage) {
    self.name = name
    self.dims = dims
    self.type = type
    self.count = count
    self.storage = storage
  }

  func with(dims: [Int]) -> Tensor { Tensor(name: name, dims: dims, type: type, count: count, storage: storage) }

  /// The same with other elements, of which there are as many.
  func with(_ storage: Storage, type: ElementType? = nil) -> Tensor {
    Tensor(name: name, dims: dims, type: type ?? self.type, count: count, storage: storage)
  }

  /// Element `index` in row-major order; 0 for text.
  func number(_ index: Int) -> Double {
    switch storage {
    case .numbers(let values): values.pointer[index]
    case .repeated(let value): value
    case .integers(let values): Double(values.pointer[index])
    case .texts: 0
    }
  }

  /// The whole numbers it holds; nil for other types.
  var integers: UnsafeBufferPointer<Int64>? {
    guard case .integers(let values) = storage else { return nil }
    return UnsafeBufferPointer(start: values.pointer, count: count)
  }

  /// Its elements as text, as names of classes; nil if they are no whole numbers or text.
  var labels: [String]? {
    switch storage {
    case .numbers, .repeated: return nil
    case .texts(let texts): return texts
    case .integers(let values):
      var labels: [String] = []
      for index in 0..<count { labels.append(composed("\(values.pointer[index])")) }
      return labels
    }
  }

  /// The lengths without leading ones: [1, 10] is [10].
  var core: [Int] { Array(dims.drop { $0 == 1 }) }

  /// More axes than any tensor has: work that grows with their number stays small.
  static let rankLimit = 64

  /// The number of elements of a shape; nil if a length is negative or the product overflows.
  static func count(of dims: [Int]) -> Int? {
    var count = 1
    for length in dims {
      guard length >= 0 else { return nil }
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      if overflow { return nil }
      count = product
    }
    return count
  }
}
