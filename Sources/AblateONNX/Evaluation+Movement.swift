import AblateModel
import AblateRuntime

/// A constant, or rows of known lengths, as something of which the values can be put elsewhere.
struct Movable {
  let value: Value
  /// Of all axes of a constant, or of the axes of a row.
  let lengths: [Int]
  /// How many axes are in front of those.
  let leading: Int

  var rank: Int { leading + lengths.count }

  /// Along each axis all places in their order.
  var unmoved: [[Int]?] { Array(repeating: nil, count: lengths.count) }
}

extension Evaluation {
  func movable(_ value: Value, _ node: Node) throws(AblateError) -> Movable {
    if let tensor = try tensor(value) { return Movable(value: .constant(tensor), lengths: tensor.dims, leading: 0) }
    guard case .rows(let rows) = value else {
      throw node.unsupported("it moves values that are neither rows nor constant")
    }
    let lengths = try knownLengths(rows, node)
    _ = try requireSmall(Tensor.count(of: lengths) ?? 0, node)
    return Movable(value: value, lengths: lengths, leading: rows.shape.leading)
  }

  /// The lengths of a row's axes.
  func knownLengths(_ rows: Rows, _ node: Node) throws(AblateError) -> [Int] {
    var lengths: [Int] = []
    for length in rows.shape.row {
      guard let length else { throw node.unsupported("it needs rows of which all lengths are known") }
      lengths.append(length)
    }
    return lengths
  }

  /// Where an axis that a node names is among the lengths.
  func place(ofAxis axis: Int, _ x: Movable, _ node: Node) throws(AblateError) -> Int {
    let place = try counted(axis, of: x.rank, node) - x.leading
    guard place >= 0 else { throw node.unsupported("it works along the axis of the rows, across them") }
    return place
  }

  /// An axis counted from the front.
  func counted(_ axis: Int, of rank: Int, _ node: Node) throws(AblateError) -> Int {
    guard axis >= -rank, axis < rank else { throw node.malformed("it has no axis \(axis)") }
    return axis < 0 ? axis + rank : axis
  }

  /// The values at some places along each axis.
  ///
  /// - Parameters:
  ///   - maps: of each axis, the places, -1 for `fill`; nil for all of them in order.
  ///   - order: of the axes, afterwards.
  ///   - result: other lengths for the same values, row-major.
  func moved(
    _ x: Movable, _ maps: [[Int]?], order: [Int]? = nil, to result: [Int]? = nil, fill: Double = 0, _ node: Node
  ) throws(AblateError) -> Value {
    let axes = order ?? Array(maps.indices)
    let lengths = result ?? axes.map { maps[$0]?.count ?? x.lengths[$0] }
    guard case .rows(let rows) = x.value else { return try moved(x, maps, axes, lengths, fill, node) }
    let from = try settling(rows, node)
    let count = try requireSmall(Tensor.count(of: lengths) ?? 0, node)
    var shape = rows.shape
    shape.row = lengths.map { $0 }
    let stored = storedImage(from)
    // What was an image stays one.
    let image = stored == nil ? nil : shape.image
    let table = try table(x.lengths, maps, axes, count: count)
    if let stored {
      for index in 0..<count where table.pointer[index] >= 0 {
        table.pointer[index] = stored.channelsLast(table.pointer[index])
      }
    }
    let places = try image.map { (image: ValueShape) throws(AblateError) -> Buffer<Int32> in
      let places = try source.buffer(Int32.self, count: count)
      for index in 0..<count { places.pointer[Int(image.channelsLast(Int32(index)))] = table.pointer[index] }
      return places
    }
    if places != nil { source.refund(table) }
    let arranged = Arranged(
      sources: places ?? table, fill: Float(fill), shape: image ?? ValueShape(height: 1, width: 1, channels: count))
    return .rows(try arrange(from, arranged, shape, image: image, node))
  }

  /// The axes of an image of which the values are not in the order of their axes in the file.
  func storedImage(_ rows: Rows) -> ValueShape? {
    guard let stored = stages[rows.stage].image, !stored.isSameChannelsFirst else { return nil }
    return stored
  }

  private func moved(
    _ x: Movable, _ maps: [[Int]?], _ axes: [Int], _ lengths: [Int], _ fill: Double, _ node: Node
  ) throws(AblateError) -> Value {
    guard case .constant(let tensor) = x.value, let count = Tensor.count(of: lengths), count < Int(Int32.max) else {
      throw node.malformed("its result has more elements than can be counted")
    }
    func result(_ storage: Tensor.Storage) -> Value {
      .constant(Tensor(name: tensor.name, dims: lengths, type: tensor.type, count: count, storage: storage))
    }
    switch tensor.storage {
    case .texts: throw node.unsupported("it moves text")
    case .repeated(let value) where value == fill || maps.allSatisfy({ $0?.allSatisfy { $0 >= 0 } ?? true }):
      return result(tensor.storage)
    case .repeated, .numbers:
      let table = try table(x.lengths, maps, axes, count: count)
      let values = try source.buffer(Double.self, count: count)
      for index in 0..<count {
        let place = Int(table.pointer[index])
        values.pointer[index] = place < 0 ? fill : tensor.number(place)
      }
      source.refund(table)
      return result(.numbers(values))
    case .integers(let old):
      let table = try table(x.lengths, maps, axes, count: count)
      let values = try source.buffer(Int64.self, count: count)
      for index in 0..<count {
        let place = Int(table.pointer[index])
        values.pointer[index] = place < 0 ? Int64(exactly: fill) ?? 0 : old.pointer[place]
      }
      source.refund(table)
      return result(.integers(values))
    }
  }

  /// [values]: where each comes from, row-major; -1 for none.
  private func table(
    _ lengths: [Int], _ maps: [[Int]?], _ axes: [Int], count: Int
  ) throws(AblateError) -> Buffer<Int32> {
    let table = try source.buffer(Int32.self, count: count)
    var strides = Array(repeating: 1, count: lengths.count)
    for axis in lengths.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] &* lengths[axis + 1] }
    var index = Array(repeating: 0, count: axes.count)
    for value in 0..<count {
      var place = 0
      for (position, axis) in axes.enumerated() {
        let own = maps[axis]?[index[position]] ?? index[position]
        place = place < 0 || own < 0 ? -1 : place &+ own &* strides[axis]
      }
      table.pointer[value] = Int32(truncatingIfNeeded: place)
      var position = axes.count - 1
      while position >= 0 {
        index[position] += 1
        if index[position] < maps[axes[position]]?.count ?? lengths[axes[position]] { break }
        index[position] = 0
        position -= 1
      }
    }
    return table
  }

  /// Places along an axis, `place(i)` for each i up to `count`.
  func places(_ count: Int, _ place: (Int) -> Int) throws(AblateError) -> [Int] {
    let (bytes, overflow) = max(0, count).multipliedReportingOverflow(by: 8)
    try source.spend(overflow ? .max : bytes)
    var places: [Int] = []
    for index in 0..<max(0, count) { places.append(place(index)) }
    return places
  }
}

extension ValueShape {
  /// Where the value at a row-major place is in memory.
  func channelsLast(_ place: Int32) -> Int32 {
    Int32(Int(place) % positions * channels + Int(place) / positions)
  }
}
