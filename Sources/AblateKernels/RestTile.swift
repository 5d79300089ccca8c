/// A tile over the last panel where c has no room for the columns that fill it up: it is computed in `room`, [rows, panelWidth].
///
/// - Parameter residuals: as much room for those, if there are any.
@inline(never)
@_optimize(size)
func restTile(
  rows: Int, _ terms: Terms, _ panels: Panels, _ sums: Sums, _ room: UnsafeMutablePointer<Float>,
  residuals: UnsafeMutablePointer<Float>
) {
  let rest = panels.rest
  if case .partialSums = sums.start { copyRows(sums.c, sums.cStride, room, panelWidth, rows, rest) }
  if let residual = sums.finish?.residual { copyRows(residual, sums.cStride, residuals, panelWidth, rows, rest) }
  let finish = sums.finish.map {
    Finish(residual: $0.residual == nil ? nil : UnsafePointer(residuals), lower: $0.lower, upper: $0.upper)
  }
  tile(
    rows: rows, width: panels.restWidth, terms,
    Sums(start: sums.start, c: room, cStride: panelWidth, finish: finish))
  copyRows(room, panelWidth, sums.c, sums.cStride, rows, rest)
}
