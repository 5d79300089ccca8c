import AblateModel
import AblateRuntime

extension Writer {
  /// The names that the values of a point have in the file.
  struct Point {
    /// [rows, values], in the order that they have in memory.
    var flat: String?
    /// [rows, channels, height, width]
    var image: (name: String, shape: ValueShape)?
    /// Whether the last node to give them put them in their places: reading would make one step of two such nodes.
    var isArranged = false
  }

  /// Makes a point's values what the next node reads: [rows, values], in the order that they have in memory.
  func readFlat(_ point: Int) {
    if let flat = points[point].flat {
      value = flat
    } else if let (name, shape) = points[point].image {
      value = name
      if !shape.isSameChannelsFirst { transpose([0, 2, 3, 1]) }
      flatten()
      points[point].flat = value
    } else {
      // The input.
      value = "input"
      flatten()
      points[point].flat = value
    }
  }

  /// Reads an image, or values without positions.
  func read(_ point: Int, _ shape: ValueShape?) {
    if let shape { readImage(point, shape) } else { readFlat(point) }
  }

  /// Makes a point's values what the next node reads: [rows, channels, height, width].
  func readImage(_ point: Int, _ shape: ValueShape) {
    if let image = points[point].image, image.shape == shape {
      value = image.name
      return
    }
    readFlat(point)
    if points[point].isArranged { separate() }
    let axes = [shape.height, shape.width]
    reshape(shape.isSameChannelsFirst ? [shape.channels] + axes : axes + [shape.channels])
    if !shape.isSameChannelsFirst { transpose([0, 3, 1, 2]) }
    if points[point].image == nil { points[point].image = (value, shape) }
  }

  /// What the nodes so far give is the next point.
  func endPoint(_ shape: ValueShape?, isArranged: Bool = false) {
    points.append(Point(flat: shape == nil ? value : nil, image: shape.map { (value, $0) }, isArranged: isArranged))
  }

  func flatten() {
    add("Flatten")
    set("axis", integer: 1)
  }

  private func transpose(_ order: [Int]) {
    add("Transpose")
    set("perm", integers: order)
  }

  /// - Parameter lengths: of the axes behind that of the rows.
  func reshape(_ lengths: [Int]) { add("Reshape", [value, constant(integers: [0] + lengths)]) }
}
