import AblateModel

extension Executor {
  /// Runs rows from a point, where their first changes are made, to the scores, and makes their second ones on the way.
  func run(
    from point: Int, _ values: (pointer: UnsafeMutablePointer<Float>, stride: Int), rows: Int, secondPoint: Int?,
    change: (_ row: Int) -> Change
  ) -> (pointer: UnsafeMutablePointer<Float>, stride: Int) {
    let last = model.steps.count
    var source = values
    var next = point
    if let secondPoint, secondPoint > point {
      run(steps: point..<secondPoint, from: source.pointer, stride: source.stride, rows: rows)
      source = self.values(ofStep: secondPoint - 1)
      next = secondPoint
      for row in 0..<rows { change(row).applyLater(to: source.pointer + row * source.stride) }
    }
    if next == last { return source }
    run(steps: next..<last, from: source.pointer, stride: source.stride, rows: rows)
    return self.scores
  }
}
