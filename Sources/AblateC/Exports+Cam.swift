import AblateModel
import AblateRuntime
import AblateStudy
import CAblate

@_cdecl("ablate_cam_describe") public func camDescribe(
  _ model: OpaquePointer?, _ outInfo: UnsafeMutablePointer<ablate_cam_info>?
) -> ablate_status {
  status { () throws(AblateError) in
    let model = try models.object(model, "model").model
    try fill(outInfo, "outInfo") { () throws(AblateError) in
      let source = try MapSource(model)
      return ablate_cam_info(
        size: 0, map_count: source.mapCount, channels: source.shape.channels, layer: source.layer ?? none,
        height: source.shape.height, width: source.shape.width, input_height: source.input?.height ?? 0,
        input_width: source.input?.width ?? 0)
    }
  }
}

@_cdecl("ablate_cam_weights") public func camWeights(
  _ model: OpaquePointer?, _ shownClass: Int32, _ outWeights: UnsafeMutablePointer<Float>?, _ count: Int
) -> ablate_status {
  status { () throws(AblateError) in
    let source = try MapSource(try models.object(model, "model").model)
    let out = try required(outWeights, "outWeights")
    try requireCount(count, is: source.shape.channels, "count")
    try source.copyWeights(class: Int(shownClass), into: out)
  }
}

@_cdecl("ablate_cam") public func cam(
  _ session: OpaquePointer?, _ mask: OpaquePointer?, _ x: UnsafePointer<Float>?, _ rows: Int,
  _ classes: UnsafePointer<Int32>?, _ upsampled: Int32, _ out: UnsafeMutablePointer<Float>?
) -> ablate_status {
  status { () throws(AblateError) in
    let session = try sessions.object(session, "session")
    let mask = try masks.optional(mask, "mask")
    try session.use { session throws(AblateError) in
      let size = try MapSource(session.model).size(upsampled: upsampled != 0)
      let x = try rowsPointer(x, "x", rows: rows, width: session.model.inputWidth)
      let out = try rowsPointer(out, "out", rows: rows, width: size.height * size.width)
      try session.require(mask)
      if let x, let out {
        try session.activationMaps(
          x, rows: rows, mask: mask, classes: classes, upsampled: upsampled != 0, into: out)
      }
    }
  }
}

@_cdecl("ablate_cam_channels") public func camChannels(
  _ model: OpaquePointer?, _ options: UnsafePointer<ablate_cam_options>?, _ shownClass: Int32,
  _ outChannels: UnsafeMutablePointer<Int>?, _ capacity: Int, _ outCount: UnsafeMutablePointer<Int>?
) -> ablate_status {
  status { () throws(AblateError) in
    let source = try MapSource(try models.object(model, "model").model)
    let options = try removalOptions(try readOptions(options), source)
    let out = try required(outChannels, "outChannels")
    let count = try required(outCount, "outCount")
    let channels = try source.channels(options.order, class: Int(shownClass), mask: options.mask)
    try requireRoom(capacity, for: source.shape.channels)
    for (place, channel) in channels.enumerated() { out[place] = channel }
    count.pointee = channels.count
  }
}

@_cdecl("ablate_cam_remove") public func camRemove(
  _ model: OpaquePointer?, _ options: UnsafePointer<ablate_cam_options>?, _ x: UnsafePointer<Float>?,
  _ shownClass: Int32, _ outSteps: UnsafeMutablePointer<ablate_cam_step>?,
  _ outTopClasses: UnsafeMutablePointer<Int32>?, _ outTopProbabilities: UnsafeMutablePointer<Float>?,
  _ outMaps: UnsafeMutablePointer<Float>?, _ capacity: Int, _ outCount: UnsafeMutablePointer<Int>?
) -> ablate_status {
  status { () throws(AblateError) in
    let model = try models.object(model, "model").model
    let given = try readOptions(options)
    let options = try removalOptions(given, try MapSource(model))
    let x = try required(x, "x")
    let steps = try CallerArray(outSteps, "outSteps")
    let count = try required(outCount, "outCount")
    let removal = try ChannelRemoval(
      model: model, x: x, class: shownClass == -1 ? nil : Int(shownClass), options: options)
    try requireRoom(capacity, for: removal.points.count)
    let positions = removal.size.height * removal.size.width
    try removal.run(progress: progress(given.progress, user: given.user)) { point, outcome in
      steps.write(
        ablate_cam_step(
          size: 0, removed: outcome.removed, shown_class: Int32(truncatingIfNeeded: removal.shownClass),
          prediction: Int32(truncatingIfNeeded: outcome.prediction), score: outcome.score,
          probability: outcome.probability),
        at: point)
      for (place, (index, probability)) in outcome.top.enumerated() {
        outTopClasses?[point * removal.topCount + place] = Int32(truncatingIfNeeded: index)
        outTopProbabilities?[point * removal.topCount + place] = probability
      }
      if let outMaps { (outMaps + point * positions).copy(from: outcome.map, count: positions) }
    }
    count.pointee = removal.points.count
  }
}

/// What a caller's options say.
private func removalOptions(
  _ given: ablate_cam_options, _ source: MapSource
) throws(AblateError) -> ChannelRemoval.Options {
  var result = ChannelRemoval.Options()
  result.order = try order(given, source)
  result.mask = try masks.optional(given.mask, "options.mask")
  result.replacement = try replacementOption(given.replacement)
  result.isOfClassOnly = given.of_class_only != 0
  result.isUpsampled = given.upsampled != 0
  result.topCount = given.top_count == 0 ? nil : given.top_count
  result.points = try numberList(
    given.points, given.point_count, "options.point_count", 0...source.shape.channels + 1)
  return result
}

private func order(_ given: ablate_cam_options, _ source: MapSource) throws(AblateError) -> ChannelOrder {
  let channels = try numberList(
    given.channels, given.channel_count, "options.channel_count", 0...source.shape.channels)
  if channels != nil && given.order != .ABLATE_CAM_GIVEN {
    throw AblateError(.invalidArgument, "options.channels is for ABLATE_CAM_GIVEN")
  }
  switch given.order {
  case .ABLATE_CAM_HIGHEST_WEIGHT: return .highestWeight
  case .ABLATE_CAM_LOWEST_WEIGHT: return .lowestWeight
  case .ABLATE_CAM_OUTSIDE_WINDOW: return .outside(low: given.low, high: given.high)
  case .ABLATE_CAM_GIVEN: return .given(try required(channels, "options.channels"))
  default: throw noEnumerator(given.order.rawValue, "options.order")
  }
}
