import AblateModel
import AblateRuntime

extension RowShape {
  /// The axes of an image, [channels, height, width] or [channels, width]; nil if it is none, or a length is not known.
  var image: ValueShape? {
    guard leading == 1, row.count == 2 || row.count == 3, let channels = row[0], let width = row[row.count - 1],
      let height = row.count == 3 ? row[1] : 1
    else { return nil }
    return ValueShape(height: height, width: width, channels: channels)
  }

  /// For error messages.
  fileprivate var whyNoImage: ErrorText {
    if leading == 1, row.count == 2 || row.count == 3, input.contains(where: { $0 == nil }) {
      let lengths = input.map { length in length.map { $0.description } ?? "?" }.joined(separator: ", ")
      return
        "the model's rows have the shape [\(lengths)]: give it an input of fixed lengths, in the export or with onnxruntime.tools.make_dynamic_shape_fixed"
    }
    return
      "its input must be rows of [channels, width] or [channels, height, width] of known lengths, and it has \(rank) axes"
  }

  /// The same with an image of as many axes for a row.
  func replacing(image: ValueShape) -> RowShape {
    var result = self
    result.row =
      row.count == 3 ? [image.channels, image.height, image.width] : [image.channels, image.width]
    result.isFixed = true
    return result
  }
}

extension Evaluation {
  /// Rows as an image, whose values are stored channels-last, and its axes.
  func image(_ rows: Rows, _ node: Node) throws(AblateError) -> (rows: Rows, shape: ValueShape) {
    guard let shape = rows.shape.image else { throw node.unsupported(rows.shape.whyNoImage) }
    let settled = try settling(rows, node)
    if let stored = stages[rows.stage].image, stored == shape { return (settled, shape) }
    let flat = try rowMajor(settled, node)
    if shape.isSameChannelsFirst { return (flat, shape) }
    let table = try source.buffer(Int32.self, count: try requireSmall(shape.count, node))
    ValueShape.writeTransposition(rows: shape.positions, columns: shape.channels, into: table.pointer)
    let arranged = Arranged(sources: table, fill: 0, shape: shape)
    return (try arrange(flat, arranged, flat.shape, image: shape, isNamed: false, node), shape)
  }

  /// Rows whose values are stored in the order of their axes in the file.
  func rowMajor(_ rows: Rows, _ node: Node) throws(AblateError) -> Rows {
    guard let stored = stages[rows.stage].image, !stored.isSameChannelsFirst else { return rows }
    let table = try source.buffer(Int32.self, count: stored.count)
    ValueShape.writeTransposition(rows: stored.channels, columns: stored.positions, into: table.pointer)
    let arranged = Arranged(
      sources: table, fill: 0, shape: ValueShape(height: 1, width: 1, channels: stored.count))
    return try arrange(try settling(rows, node), arranged, rows.shape, image: nil, node)
  }

  /// Rows with their values in other places. What was arranged before is arranged once.
  ///
  /// - Parameter shape: of the result.
  func arrange(
    _ rows: Rows, _ arranged: Arranged, _ shape: RowShape, image: ValueShape?, isNamed: Bool = true, _ node: Node
  ) throws(AblateError) -> Rows {
    var from = rows
    var arranged = arranged
    if case .arrangement(let earlier) = stages[rows.stage].kind, rows.affine.isNone, rows.expression == .x,
      let both = try arranged.after(earlier, source)
    {
      source.refund(arranged.sources)
      arranged = both
      from = stages[rows.stage].sources[0]
    }
    // Values that are where they have been need no step.
    var stage = Stage(
      kind: arranged.isUnmoved && arranged.sources.count == width(from) ? .computed : .arrangement(arranged),
      sources: [from], position: node.position)
    stage.image = image
    stage.isNamed = isNamed
    var fixed = shape
    fixed.isFixed = true
    return Rows(
      stage: addStage(stage), affine: .none, expression: .x, shape: fixed, type: rows.type, position: node.position)
  }

  /// Values of a row.
  private func width(_ rows: Rows) -> Int? {
    if case .arrangement(let arranged) = stages[rows.stage].kind { return arranged.sources.count }
    return stages[rows.stage].image?.count ?? rows.shape.width
  }

  /// Rows of a new stage that is computed from images.
  func images(
    _ kind: Stage.Kind, of sources: [Rows], _ from: ValueShape, to shape: ValueShape, _ node: Node
  ) throws(AblateError) -> Rows {
    _ = try requireSmall(Tensor.count(of: [shape.height, shape.width, shape.channels]) ?? 0, node)
    var stage = Stage(kind: kind, sources: sources, position: node.position)
    stage.sourceShape = from
    stage.image = shape
    return Rows(
      stage: addStage(stage), affine: .none, expression: .x, shape: sources[0].shape.replacing(image: shape),
      type: sources[0].type, position: node.position)
  }

  /// - Throws: `unsupported` for rows too wide to number their values.
  func requireSmall(_ count: Int, _ node: Node) throws(AblateError) -> Int {
    guard count > 0, count < Int(Int32.max) else { throw node.unsupported("its rows have \(count) values") }
    return count
  }
}
