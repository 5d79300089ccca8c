import AblateModel
import AblateRuntime
import CONNX

/// Each value of a row as a sum of some others of one row, times weights.
final class Mixed {
  let terms: Int
  /// [values, terms]
  let sources: Buffer<Int32>
  let weights: Buffer<Float>
  let shape: ValueShape

  init(terms: Int, sources: Buffer<Int32>, weights: Buffer<Float>, shape: ValueShape) {
    self.terms = terms
    self.sources = sources
    self.weights = weights
    self.shape = shape
  }
}

/// How Resize finds a place of its input for each of its result, and what it takes from around it.
///
/// In single precision and the order of ONNX Runtime: whether a place is halfway between two often hangs on how it was rounded.
struct Resizing {
  enum Mode { case nearest, linear, cubic }
  enum Transformation: CaseIterable {
    case halfPixel, halfPixelSymmetric, pytorchHalfPixel, alignCorners, asymmetric, cropAndResize

    var name: StaticString {
      switch self {
      case .halfPixel: "half_pixel"
      case .halfPixelSymmetric: "half_pixel_symmetric"
      case .pytorchHalfPixel: "pytorch_half_pixel"
      case .alignCorners: "align_corners"
      case .asymmetric: "asymmetric"
      case .cropAndResize: "tf_crop_and_resize"
      }
    }
  }
  enum Rounding: CaseIterable {
    case preferFloor, preferCeiling, floor, ceiling

    var name: StaticString {
      switch self {
      case .preferFloor: "round_prefer_floor"
      case .preferCeiling: "round_prefer_ceil"
      case .floor: "floor"
      case .ceiling: "ceil"
      }
    }
  }

  var mode = Mode.nearest
  var transformation = Transformation.asymmetric
  var rounding = Rounding.floor
  /// a of cubic interpolation.
  var cubic: Float = -0.75
  var excludesOutside = false

  /// One axis: its lengths before and after, and the region of it that is meant.
  struct Axis {
    let length: Int
    let result: Int
    let scale: Float
    var region: (start: Float, end: Float) = (0, 1)
  }

  /// The place in front of which, or at which, value `index` of the result is.
  func origin(_ index: Int, _ axis: Axis) -> Float {
    let (x, length, result) = (Float(index), Float(axis.length), Float(axis.result))
    switch transformation {
    case .asymmetric: return x / axis.scale
    case .halfPixel: return (x + 0.5) / axis.scale - 0.5
    case .halfPixelSymmetric:
      let adjustment = result / (axis.scale * length)
      return length / 2 * (1 - adjustment) + (x + 0.5) / axis.scale - 0.5
    case .pytorchHalfPixel: return axis.result > 1 ? (x + 0.5) / axis.scale - 0.5 : 0
    case .alignCorners: return axis.result > 1 ? x * (length - 1) / (result - 1) : 0
    case .cropAndResize:
      let (start, end) = axis.region
      if axis.result <= 1 { return 0.5 * (start + end) * (length - 1) }
      return start * (length - 1) + x * (end - start) * (length - 1) / (result - 1)
    }
  }

  /// The places that value `index` is made of, with their weights; of a place that is not there, the nearest that is.
  func terms(_ index: Int, _ axis: Axis) -> [(place: Int, weight: Float)] {
    let last = axis.length - 1
    let origin = origin(index, axis)
    let end = Float(last) + 4
    // No number is far away, too.
    let x = origin > -4 ? origin < end ? origin : end : -4
    let floor = Int(x.rounded(.down))
    func limited(_ place: Int) -> Int { min(max(place, 0), last) }
    let share = x - Float(floor)
    switch mode {
    case .nearest:
      let place =
        switch rounding {
        case .floor: floor
        case .ceiling: Int(x.rounded(.up))
        case .preferFloor: share <= 0.5 ? floor : floor + 1
        case .preferCeiling: share < 0.5 ? floor : floor + 1
        }
      return [(limited(place), 1)]
    case .linear: return [(limited(floor), 1 - share), (limited(floor + 1), share)]
    case .cubic:
      var terms: [(place: Int, weight: Float)] = []
      var sum: Float = 0
      for offset in -1...2 {
        let distance = abs(share - Float(offset))
        var weight =
          distance <= 1
          ? ((cubic + 2) * distance - (cubic + 3)) * distance * distance + 1
          : ((cubic * distance - 5 * cubic) * distance + 8 * cubic) * distance - 4 * cubic
        if excludesOutside && limited(floor + offset) != floor + offset { weight = 0 }
        terms.append((limited(floor + offset), weight))
        sum += weight
      }
      return excludesOutside ? terms.map { ($0.place, $0.weight / sum) } : terms
    }
  }
}

extension Evaluation {
  /// Resize and Upsample
  func resize(_ node: Node, isUpsample: Bool) throws(AblateError) -> Value {
    let value = try input(node, 0)
    var x = try movable(value, node)
    guard case .rows(let rows) = value, rows.type.isFloat else {
      throw node.unsupported("it resizes what is no rows of floats")
    }
    let resizing = try resizing(node, isUpsample)
    var axes = Array(0..<x.rank)
    if !isUpsample && node.opset >= 18, let named = try node.integers("axes") { axes = named }
    let fill = Double(try node.float("extrapolation_value", default: 0))
    var outside = x.unmoved
    for axis in try resized(node, axes, rows, resizing, isUpsample) {
      let own = try place(ofAxis: axis.number, x, node)
      let size = axis.size
      let isSame = size.scale == 1 && size.length == size.result && resizing.transformation != .cropAndResize
      if isSame { continue }
      try source.spend(size.result)
      if resizing.transformation == .cropAndResize {
        let isOutside = try places(size.result) {
          let place = resizing.origin($0, size)
          return place < 0 || place > Float(size.length - 1) ? -1 : $0
        }
        if isOutside.contains(-1) { outside[own] = isOutside }
      }
      var result: Value
      if resizing.mode == .nearest {
        var maps = x.unmoved
        maps[own] = try places(size.result) { resizing.terms($0, size)[0].place }
        result = try moved(x, maps, node)
      } else {
        result = try mixed(x, own, size, resizing, node)
      }
      x = try movable(result, node)
    }
    return outside.contains { $0 != nil } ? try moved(x, outside, fill: fill, node) : x.value
  }

  /// What a node's attributes say.
  private func resizing(_ node: Node, _ isUpsample: Bool) throws(AblateError) -> Resizing {
    var result = Resizing()
    let mode = try node.attribute("mode", .text)
    if let mode, mode.s.equals("linear") || mode.s.equals("bilinear") {
      result.mode = .linear
    } else if let mode, mode.s.equals("cubic") {
      result.mode = .cubic
    } else if let mode, !mode.s.equals("nearest") {
      throw node.malformed("its mode \(mode.s.quoted) is not known")
    }
    guard !isUpsample, node.opset >= 11 else { return result }
    guard try node.integer("antialias", default: 0) == 0 || result.mode == .nearest else {
      throw node.unsupported("it smooths what it makes smaller (antialias)")
    }
    result.transformation = .halfPixel
    if let name = try node.attribute("coordinate_transformation_mode", .text)?.s {
      guard let known = Resizing.Transformation.allCases.first(where: { name.equals($0.name) }) else {
        throw node.unsupported("its coordinate_transformation_mode \(name.quoted) is not known")
      }
      result.transformation = known
    }
    result.rounding = .preferFloor
    if let name = try node.attribute("nearest_mode", .text)?.s {
      guard let known = Resizing.Rounding.allCases.first(where: { name.equals($0.name) }) else {
        throw node.malformed("its nearest_mode \(name.quoted) is not known")
      }
      result.rounding = known
    }
    result.cubic = try node.float("cubic_coeff_a", default: -0.75)
    result.excludesOutside = try node.integer("exclude_outside", default: 0) != 0
    return result
  }

  /// The axes that a node resizes; that of the rows is none of them.
  private func resized(
    _ node: Node, _ axes: [Int], _ rows: Rows, _ resizing: Resizing, _ isUpsample: Bool
  ) throws(AblateError) -> [(number: Int, size: Resizing.Axis)] {
    let all = rows.shape.dimensions
    var before: [Dimension] = []
    for axis in axes { before.append(all[try counted(axis, of: all.count, node)]) }
    var scales = try scales(node, isUpsample)
    var after: [Dimension]?
    var keepsAspect = false
    if scales.isEmpty {
      guard !isUpsample, node.opset >= 11, let sizes = try optionalInput(node, 3), let (lengths, _) = dimensions(sizes)
      else { throw node.malformed("it has neither scales nor sizes that are constant") }
      after = lengths
    }
    guard (after?.count ?? scales.count) == axes.count else {
      throw node.malformed("it has not one scale or size for each of \(axes.count) axes")
    }
    if let lengths = after {
      scales = []
      for index in axes.indices {
        guard let length = before[index].value, let result = lengths[index].value else {
          guard before[index] == lengths[index] else { throw node.unsupported("it resizes an axis of unknown length") }
          scales.append(1)
          continue
        }
        scales.append(Float(result) / Float(max(1, length)))
      }
      if let policy = try node.attribute("keep_aspect_ratio_policy", .text)?.s, !policy.equals("stretch") {
        let scale = policy.equals("not_larger") ? scales.min() : scales.max()
        scales = scales.map { _ in scale ?? 1 }
        after = nil
        keepsAspect = true
      }
    }
    var regions: [Float] = []
    if resizing.transformation == .cropAndResize {
      let region = try constant(node, 1)
      guard region.count == 2 * axes.count else { throw node.malformed("its roi is not two numbers for each axis") }
      for index in 0..<region.count { regions.append(Float(region.number(index))) }
    }
    var result: [(number: Int, size: Resizing.Axis)] = []
    for (index, axis) in axes.enumerated() {
      if scales[index] == 1 && before[index].value == nil { continue }
      guard let length = before[index].value, scales[index] > 0, scales[index].isFinite else {
        throw node.unsupported("it resizes an axis of unknown length, or by a scale that is not positive")
      }
      let exact = Float(length) * scales[index]
      let own = after?[index].value ?? Int(exactly: (keepsAspect ? exact + 0.5 : exact).rounded(.down)) ?? 0
      if (axis < 0 ? axis + all.count : axis) < rows.shape.leading && own == length && scales[index] == 1 { continue }
      _ = try requireSmall(own, node)
      var size = Resizing.Axis(length: length, result: own, scale: scales[index])
      if !regions.isEmpty { size.region = (regions[index], regions[axes.count + index]) }
      result.append((axis, size))
    }
    return result
  }

  /// The scales of all axes; empty if there are none.
  private func scales(_ node: Node, _ isUpsample: Bool) throws(AblateError) -> [Float] {
    if isUpsample && node.opset < 9 { return try node.floats("scales") ?? [] }
    let index = isUpsample || node.opset < 11 ? 1 : 2
    guard try optionalInput(node, index) != nil else { return [] }
    let tensor = try constant(node, index)
    guard tensor.count <= Tensor.rankLimit else { throw node.malformed("it has \(tensor.count) scales") }
    return (0..<tensor.count).map { Float(tensor.number($0)) }
  }

  /// Rows of which one axis is interpolated.
  private func mixed(
    _ x: Movable, _ axis: Int, _ size: Resizing.Axis, _ resizing: Resizing, _ node: Node
  ) throws(AblateError) -> Value {
    guard case .rows(let rows) = x.value else { return x.value }
    let from = try settling(rows, node)
    let inner = x.lengths[(axis + 1)...].reduce(1, *)
    let outer = x.lengths[..<axis].reduce(1, *)
    let (block, overflow) = inner.multipliedReportingOverflow(by: size.result)
    let (values, beyond) = block.multipliedReportingOverflow(by: outer)
    let count = try requireSmall(overflow || beyond ? 0 : values, node)
    let terms = resizing.mode == .linear ? 2 : 4
    let sources = try source.buffer(Int32.self, count: terms * count)
    let weights = try source.buffer(Float.self, count: terms * count)
    var shape = rows.shape
    shape.row[axis] = size.result
    shape.isFixed = true
    let stored = storedImage(from)
    let image = stored == nil ? nil : shape.image
    for index in 0..<size.result {
      let own = resizing.terms(index, size)
      for part in 0..<outer * inner {
        let (before, after) = (part / inner, part % inner)
        let place = Int32(before * block + index * inner + after)
        let target = Int(image?.channelsLast(place) ?? place) * terms
        for (term, (place, weight)) in own.enumerated() {
          let origin = Int32((before * size.length + place) * inner + after)
          sources.pointer[target + term] = stored?.channelsLast(origin) ?? origin
          weights.pointer[target + term] = weight
        }
      }
    }
    let mixed = Mixed(
      terms: terms, sources: sources, weights: weights,
      shape: image ?? ValueShape(height: 1, width: 1, channels: count))
    var stage = Stage(kind: .mixture(mixed), sources: [from], position: node.position)
    stage.image = image
    return .rows(
      Rows(
        stage: addStage(stage), affine: .none, expression: .x, shape: shape, type: rows.type, position: node.position))
  }
}
