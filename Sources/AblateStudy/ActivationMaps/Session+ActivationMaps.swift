import AblateModel
import AblateRuntime

extension Session {
  /// The class activation maps of x, [rows, input width]: [rows, height, width], see `MapSource`.
  ///
  /// - Parameters:
  ///   - classes: [rows]; nil for the prediction of each row, with the mask.
  ///   - mask: what it replaces shows in the channels, and its synapses of the output layer have no weight; an ablated unit of the output
  ///     layer has its map.
  ///   - upsampled: as large as the input instead of the channels, by bilinear interpolation with half-pixel centres.
  /// - Throws: `unsupported`, `invalidArgument`, `outOfMemory`.
  public func activationMaps(
    _ x: UnsafePointer<Float>, rows: Int, mask: Mask? = nil, classes: UnsafePointer<Int32>?, upsampled: Bool,
    into out: UnsafeMutablePointer<Float>
  ) throws(AblateError) {
    try require(mask)
    let model = model
    let source = try MapSource(model)
    let size = try source.size(upsampled: upsampled)
    guard classes != nil || model.classCount > 0 else {
      throw AblateError(
        .unsupported, "only a model that puts each row into one class predicts the class of a map: name it")
    }
    // Copied: `out` may lie over the caller's, and other threads may write there.
    let shown = try Buffer<Int32>(count: rows)
    if let classes { shown.pointer.copy(from: classes, count: rows) }
    // Of each class, its place among those that have a map.
    var places = Array(repeating: classes == nil ? 0 : -1, count: source.mapCount)
    if classes != nil {
      for row in 0..<rows {
        try source.require(class: Int(shown.pointer[row]))
        places[Int(shown.pointer[row])] = 0
      }
    }
    var count = 0
    for index in places.indices where places[index] == 0 {
      places[index] = count
      count += 1
    }
    let channels = source.shape.channels
    let weights = try Buffer<Float>(rows: count, columns: channels)
    for (index, place) in places.enumerated() where place >= 0 {
      try source.copyWeights(class: index, mask: mask, into: weights.pointer + place * channels)
    }
    var scratches: [MapScratch] = []
    // Of a block, where the class is known only when the image's memory has been taken over by the scores.
    var images: [Buffer<Float>] = []
    for executor in runner.executors {
      scratches.append(try MapScratch(source, upsampled: upsampled))
      if classes == nil { images.append(try Buffer(rows: executor.capacity, columns: source.shape.count)) }
    }
    let resolved = try mask.map { (mask) throws(AblateError) in try ResolvedMask(mask) }
    if let resolved { for executor in runner.executors { try executor.prepare(for: resolved) } }
    let steps = model.steps.count
    runner.forEachBlock(rows: rows) { [self] worker, block in
      let executor = runner.executors[worker]
      executor.run(
        steps: 0..<source.point, from: x + block.lowerBound * model.inputWidth, stride: model.inputWidth,
        rows: block.count, firstRow: block.lowerBound, mask: resolved)
      let own = executor.values(ofStep: source.point - 1)
      var image = (pointer: UnsafePointer(own.pointer), stride: own.stride)
      if classes == nil {
        let copy = images[worker].pointer
        image = (UnsafePointer(copy), source.shape.count)
        for row in 0..<block.count {
          (copy + row * image.stride).copy(from: own.pointer + row * own.stride, count: image.stride)
        }
        executor.run(
          steps: source.point..<steps, from: own.pointer, stride: own.stride, rows: block.count,
          firstRow: block.lowerBound, mask: resolved)
        let scores = executor.scores
        model.predict(
          scores: scores.pointer, stride: scores.stride, rows: block.count,
          into: shown.pointer + block.lowerBound)
      }
      for (index, row) in block.enumerated() {
        let place = places[Int(shown.pointer[row])]
        scratches[worker].write(
          image.pointer + index * image.stride, weights: weights.pointer + place * channels,
          into: out + row * size.height * size.width)
      }
    }
  }
}
