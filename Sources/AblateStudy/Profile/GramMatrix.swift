import AblateModel
import AblateRuntime

/// Sums of the products of the activations of each two units of a layer, in float64, in which the products are exact: each one chain over
/// the rows in the order they come, so neither threads nor batches change a bit.
final class GramMatrix {
  private let kernels: KernelTable
  private let units: Int
  /// The most rows of a chunk.
  private let capacity: Int
  private let panelCount: Int
  private let stride: Int
  /// [stride, stride], of which the part right of the diagonal is complete.
  private let sums: Buffer<Double>
  private let panels: Buffer<Double>
  private var saved: Buffer<Double>?

  init(model: Model, layer: Int, capacity: Int) throws(AblateError) {
    kernels = model.kernels
    units = model.layers[layer].units
    self.capacity = capacity
    panelCount = (units + kernels.productPanelWidth - 1) / kernels.productPanelWidth
    stride = panelCount * kernels.productPanelWidth
    sums = try Buffer(rows: stride, columns: stride)
    panels = try Buffer(rows: stride, columns: capacity)
  }

  /// Puts a block of activations into the chunk.
  func set(_ rows: Range<Int>, _ values: UnsafePointer<Float>, _ valueStride: Int) {
    kernels.widen(
      values, valueStride, rows.count, units, panels.pointer + rows.lowerBound * kernels.productPanelWidth, capacity)
  }

  /// Adds the products of the chunk's rows, and the rows themselves to `totals`, [units], in their order.
  func add(rows: Int, _ runner: RowRunner, totals: UnsafeMutablePointer<Double>? = nil) {
    runner.forEach(panelCount) { [self] panel, _ in
      kernels.addProducts(panels.pointer, capacity, rows, panel, units, sums.pointer, stride)
      guard let totals else { return }
      let width = kernels.productPanelWidth
      let columns = panel * width..<min(units, (panel + 1) * width)
      for row in 0..<rows {
        let values = panels.pointer + (panel * capacity + row) * width
        for column in columns { totals[column] += values[column - columns.lowerBound] }
      }
    }
  }

  func add(_ other: GramMatrix) {
    for unit in 0..<units {
      for second in unit..<units {
        sums.pointer[unit * stride + second] += other.sums.pointer[unit * other.stride + second]
      }
    }
  }

  /// Remembers the sums, to be able to go back.
  func save() throws(AblateError) {
    if saved == nil { saved = try Buffer(count: sums.count) }
    saved?.pointer.copy(from: sums.pointer, count: sums.count)
  }

  func restore() {
    if let saved { sums.pointer.copy(from: saved.pointer, count: sums.count) }
  }

  /// Writes the mean products: [units, units].
  func copyMeans(rows: Int64, to out: UnsafeMutablePointer<Double>) {
    for unit in 0..<units {
      for other in 0..<units {
        out[unit * units + other] = sums.pointer[min(unit, other) * stride + max(unit, other)] / Double(rows)
      }
    }
  }

  /// The same with NaN for units that are not finite in some row.
  func copyMeans(rows: Int64, nonFinite: UnsafePointer<Int64>, to out: UnsafeMutablePointer<Double>) {
    copyMeans(rows: rows, to: out)
    for unit in 0..<units {
      for other in 0..<units where nonFinite[unit] | nonFinite[other] != 0 { out[unit * units + other] = .nan }
    }
  }
}
