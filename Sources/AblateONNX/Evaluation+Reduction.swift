import AblateModel
import AblateRuntime

extension Evaluation {
  /// ReduceMean and ReduceMax: over the positions of an image, or any axes of a row.
  func reduce(_ node: Node, isMaximum: Bool) throws(AblateError) -> Value {
    let rows = try rows(node, 0)
    let keepsAxes = try node.integer("keepdims", default: 1) != 0
    var axes = try numbers(node, "axes", 1, since: 18) ?? []
    if axes.isEmpty {
      if try node.integer("noop_with_empty_axes", default: 0) != 0 { return .rows(rows) }
      axes = Array(0..<rows.shape.rank)
    }
    guard rows.type.isFloat else { throw node.unsupported("it reduces whole numbers") }
    let x = try movable(.rows(rows), node)
    var lengths = x.lengths.map { Optional($0) }
    for axis in axes { lengths[try place(ofAxis: axis, x, node)] = nil }
    let reduced = lengths.indices.filter { lengths[$0] == nil }
    let kept = lengths.indices.filter { lengths[$0] != nil }
    let channels = kept.reduce(1) { $0 * x.lengths[$1] }
    let positions = reduced.reduce(1) { $0 * x.lengths[$1] }
    // The axes that stay become the channels of an image.
    guard case .rows(let image) = try moved(x, x.unmoved, order: reduced + kept, to: [positions * channels], node)
    else { return .rows(rows) }
    var stage = Stage(
      kind: .pooling(isMaximum ? .maximum : .average, window: nil), sources: [image], position: node.position)
    stage.sourceShape = ValueShape(height: positions, width: 1, channels: channels)
    var shape = rows.shape
    shape.row = keepsAxes ? lengths.map { $0 ?? 1 } : kept.map { lengths[$0] }
    shape.isFixed = true
    return .rows(
      Rows(
        stage: addStage(stage), affine: .none, expression: .x, shape: shape, type: rows.type, position: node.position))
  }
}
