import AblateRuntime

/// Reference rows run through the intact model: what mean and resample replacements draw from. Immutable.
public final class Reference: Sendable {
  public let model: Model
  /// How many rows it was made from.
  public let rowCount: Int
  /// [input width]
  package let inputMeans: Buffer<Float>
  private let layerMeans: [Buffer<Float>]
  private let layerRows: [Buffer<Float>]?

  /// Runs `rows` rows of `x`, [rows, input width], through the model.
  ///
  /// Means are summed in float64 in row order and rounded once, so they do not depend on the number of threads.
  /// - Parameter keepRows: keep every row's activations, which resampling needs.
  public init(
    model: Model, x: UnsafePointer<Float>, rows: Int, keepRows: Bool, threads: Int = 0
  ) throws(AblateError) {
    guard rows >= 1 else { throw AblateError(.invalidArgument, "a reference needs at least one row") }
    var means: [Buffer<Float>] = []
    var kept: [Buffer<Float>] = []
    var sums: [Buffer<Double>] = []
    for layer in model.layers {
      means.append(try Buffer(count: layer.units))
      sums.append(try Buffer(count: layer.units))
      if keepRows { kept.append(try Buffer(rows: rows, columns: layer.shape.count)) }
    }
    let runner = try RowRunner(model: model, threads: threads)
    let chunk = min(rows, runner.preferredRows)
    var values: [Buffer<Float>] = []
    for layer in model.layers { values.append(try Buffer(rows: chunk, columns: layer.shape.count)) }
    let inputSums = try Buffer<Double>(count: model.inputWidth)
    for row in 0..<rows {
      for input in 0..<model.inputWidth { inputSums.pointer[input] += Double(x[row * model.inputWidth + input]) }
    }
    inputMeans = try Buffer(count: model.inputWidth)
    for input in 0..<model.inputWidth { inputMeans.pointer[input] = Float(inputSums.pointer[input] / Double(rows)) }
    var first = 0
    while first < rows {
      let count = min(chunk, rows - first)
      let source = x + first * model.inputWidth
      try runner.forEachBlock(rows: count, mask: nil) { executor, block in
        executor.run(
          steps: 0..<model.steps.count, from: source + block.lowerBound * model.inputWidth, stride: model.inputWidth,
          rows: block.count)
        for (index, layer) in model.layers.enumerated() {
          let activations = executor.values(ofLayer: index)
          let width = layer.shape.count
          for (offset, row) in block.enumerated() {
            (values[index].pointer + row * width).copy(
              from: activations.pointer + offset * activations.stride, count: width)
          }
        }
      }
      for (index, layer) in model.layers.enumerated() {
        let width = layer.shape.count
        for place in 0..<count * layer.positions {
          for unit in 0..<layer.units {
            sums[index].pointer[unit] += Double(values[index].pointer[place * layer.units + unit])
          }
        }
        if keepRows {
          (kept[index].pointer + first * width).copy(from: values[index].pointer, count: count * width)
        }
      }
      first += count
    }
    for (index, layer) in model.layers.enumerated() {
      let count = Double(rows * layer.positions)
      for unit in 0..<layer.units { means[index].pointer[unit] = Float(sums[index].pointer[unit] / count) }
    }
    self.model = model
    self.rowCount = rows
    self.layerMeans = means
    self.layerRows = keepRows ? kept : nil
  }

  /// The mean activation of each unit of a layer, of a channel over its positions, too: [units]. Valid while the reference lives.
  public func means(layer: Int) -> UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(start: layerMeans[layer].pointer, count: model.layers[layer].units)
  }

  var keepsRows: Bool { layerRows != nil }

  /// The activation of a unit in a reference row, at one of its positions. Only if rows were kept.
  func activation(layer: Int, unit: Int, position: Int, row: Int) -> Float {
    guard let layerRows else { return .nan }
    let layer = (values: layerRows[layer], shape: model.layers[layer].shape)
    return layer.values.pointer[row * layer.shape.count + position * layer.shape.channels + unit]
  }

  /// The largest magnitude of a layer's activations over the reference rows; NaN if one is NaN. Only if rows were kept.
  package func largestMagnitude(layer: Int) -> Float {
    guard let layerRows else { return .nan }
    return Magnitude.largest(layerRows[layer].pointer, count: layerRows[layer].count)
  }
}
