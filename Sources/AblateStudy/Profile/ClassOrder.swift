import AblateRuntime

/// The rows of a block, those of a class next to each other; without labels all are of class 0.
final class ClassOrder {
  private(set) var rowCount = 0
  /// Classes that have rows.
  private(set) var runCount = 0
  /// [rows]: which row of the block comes where.
  let rows: Buffer<Int32>
  /// [runs]
  let classes: Buffer<Int32>
  /// [runs + 1]: where the rows of each class begin, and the end.
  let starts: Buffer<Int32>
  /// [classes]
  private let places: Buffer<Int32>

  init(capacity: Int, classCount: Int) throws(AblateError) {
    rows = try Buffer(count: capacity)
    classes = try Buffer(count: min(capacity, classCount))
    starts = try Buffer(count: min(capacity, classCount) + 1)
    places = try Buffer(count: classCount)
  }

  func set(rows count: Int, labels: UnsafePointer<Int32>?) {
    rowCount = count
    runCount = 0
    guard let labels else {
      for row in 0..<count { rows.pointer[row] = Int32(truncatingIfNeeded: row) }
      classes.pointer[0] = 0
      runCount = 1
      starts.pointer[1] = Int32(truncatingIfNeeded: count)
      return
    }
    places.pointer.update(repeating: 0, count: places.count)
    for row in 0..<count { places.pointer[Int(labels[row])] &+= 1 }
    var start: Int32 = 0
    for index in 0..<places.count where places.pointer[index] != 0 {
      classes.pointer[runCount] = Int32(truncatingIfNeeded: index)
      runCount += 1
      let next = start &+ places.pointer[index]
      starts.pointer[runCount] = next
      places.pointer[index] = start
      start = next
    }
    for row in 0..<count {
      let index = Int(labels[row])
      rows.pointer[Int(places.pointer[index])] = Int32(truncatingIfNeeded: row)
      places.pointer[index] &+= 1
    }
  }
}
