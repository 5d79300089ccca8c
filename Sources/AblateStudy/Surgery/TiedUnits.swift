import AblateModel
import AblateRuntime

/// Which units of a model can only be removed together.
///
/// A channel of a sum is there as long as it is in both of what is added; a depthwise convolution has a channel for each that it reads;
/// groups of channels stay of one size. So units are tied: those of the branches of a residual sum or product channel by channel, the
/// input channels of a depthwise convolution to its units, the channels at the same place of each group of a grouped convolution. These
/// are the coupled channels of pruning libraries (DepGraph: Fang et al. 2023, arXiv 2301.12900). Units that are tied to the input, to the
/// scores, or to channels that a normalisation sums over, stay.
public final class TiedUnits {
  let model: Model
  /// Of each layer, the number of its first unit. 0 is what stays.
  private let firsts: [Int]
  /// By number of a unit, one that it is tied to and that comes before; itself for the first of a group.
  private let parents: Buffer<Int32>
  /// Of each point, the number of the unit that each value belongs to.
  private(set) var owners: [ValueOwners] = []

  public init(_ model: Model) throws(AblateError) {
    self.model = model
    var firsts: [Int] = []
    var count = 1
    for layer in model.layers {
      firsts.append(count)
      count += layer.units
    }
    guard count < Int(Int32.max) else { throw AblateError(.unsupported, "the model has too many units") }
    self.firsts = firsts
    parents = try Buffer(count: count)
    for unit in 0..<count { parents.pointer[unit] = Int32(unit) }
    owners.append(try ValueOwners(period: 1))
    for index in model.steps.indices { owners.append(try follow(index)) }
    // Scores stay.
    for value in 0..<model.outputWidth { tie(owners[model.steps.count][value], 0) }
  }

  /// The group of a unit: the number, counted through all layers from 0, of the first unit in it. nil if it cannot be removed.
  public func group(layer: Int, unit: Int) -> Int? {
    let first = Int(root(Int32(number(layer: layer, unit: unit))))
    return first == 0 ? nil : first - 1
  }

  /// By the number of a unit that comes with each value.
  func number(layer: Int, unit: Int) -> Int { firsts[layer] + unit }

  @inline(never)
  private func root(_ unit: Int32) -> Int32 {
    var unit = unit
    while parents.pointer[Int(unit)] != unit {
      parents.pointer[Int(unit)] = parents.pointer[Int(parents.pointer[Int(unit)])]
      unit = parents.pointer[Int(unit)]
    }
    return unit
  }

  @inline(never)
  private func tie(_ one: Int32, _ other: Int32) {
    let (one, other) = (root(one), root(other))
    parents.pointer[Int(max(one, other))] = min(one, other)
  }

  private func follow(_ index: Int) throws(AblateError) -> ValueOwners {
    let sources = model.sources[index]
    let (x, count) = (owners[sources[0]], model.shapes[sources[0]].count)
    switch model.steps[index] {
    case .dense(let layer): return try units(layer)
    case .convolution(let layer): return try convolution(layer, x, count)
    case .affine(let affine): return affine.positions == 1 ? x : try channels(x, affine.width, count)
    case .activation: return x
    case .operation(let operation): return try follow(operation, sources, x, count)
    }
  }

  private func units(_ layer: Int) throws(AblateError) -> ValueOwners {
    let own = try ValueOwners(period: model.layers[layer].units)
    for unit in 0..<own.period { own.numbers.pointer[unit] = Int32(firsts[layer] + unit) }
    return own
  }

  /// The owners of channels: the values of each, at all positions, are tied.
  private func channels(
    _ x: ValueOwners, _ channels: Int, _ count: Int
  ) throws(AblateError) -> ValueOwners {
    if channels % x.period != 0 { for value in channels..<max(channels, count) { tie(x[value], x[value % channels]) } }
    return try x.with(period: channels)
  }

  private func convolution(
    _ index: Int, _ x: ValueOwners, _ count: Int
  ) throws(AblateError) -> ValueOwners {
    let layer = model.layers[index]
    let groups = layer.groups
    let read = try channels(x, layer.inputs * groups, count)
    let own = try units(index)
    let each = layer.units / groups
    if groups > 1 && layer.inputs == 1 {
      for unit in 0..<layer.units { tie(own[unit], read[unit / each]) }
    } else if groups > 1 {
      for channel in 0..<read.period { tie(read[channel], read[channel % layer.inputs]) }
      for unit in 0..<layer.units { tie(own[unit], own[unit % each]) }
    }
    return own
  }

  private func follow(
    _ operation: Operation, _ sources: [Int], _ x: ValueOwners, _ count: Int
  ) throws(AblateError) -> ValueOwners {
    let shape = operation.shape
    switch operation.kind {
    case .pooling, .globalMaximum, .globalAverage: return try channels(x, shape.channels, count)
    case .sum, .product, .channelProduct:
      let other = owners[sources[1]]
      var first = x
      if case .channelProduct = operation.kind { first = try channels(x, shape.channels, count) }
      if first.period != other.period { first = try first.with(period: max(other.period, count)) }
      for value in 0..<first.period { tie(first[value], other[value]) }
      return first
    case .concatenation:
      let joined = try ValueOwners(period: shape.channels)
      var place = 0
      for source in sources {
        let width = model.shapes[source].count / shape.positions
        let part = try channels(owners[source], width, width * shape.positions)
        (joined.numbers.pointer + place).copy(from: part.numbers.pointer, count: width)
        place += width
      }
      return joined
    case .arrangement(let arrangement): return try arranged(arrangement, x, shape)
    case .mixture(let mixture):
      let mixed = try ValueOwners(period: shape.count)
      for value in 0..<shape.count {
        let terms = value * mixture.terms..<(value + 1) * mixture.terms
        if terms.isEmpty { continue }
        mixed.numbers.pointer[value] = x[Int(mixture.sources.pointer[terms.lowerBound])]
        for term in terms { tie(mixed[value], x[Int(mixture.sources.pointer[term])]) }
      }
      return try shortened(mixed, shape)
    case .responseNormalization:
      for value in 0..<x.period { tie(x[value], 0) }
      return x
    }
  }

  /// Padding belongs to its channel.
  private func arranged(
    _ arrangement: Arrangement, _ x: ValueOwners, _ shape: ValueShape
  ) throws(AblateError) -> ValueOwners {
    let first = try ValueOwners(period: shape.channels)
    for value in 0..<shape.count where first[value] == 0 && arrangement.sources.pointer[value] >= 0 {
      first.numbers.pointer[value % shape.channels] = x[Int(arrangement.sources.pointer[value])]
    }
    let arranged = try ValueOwners(period: shape.count)
    for value in 0..<shape.count {
      let source = arrangement.sources.pointer[value]
      arranged.numbers.pointer[value] = source < 0 ? first[value] : x[Int(source)]
    }
    return try shortened(arranged, shape)
  }

  /// By channel, where each has one owner.
  private func shortened(_ x: ValueOwners, _ shape: ValueShape) throws(AblateError) -> ValueOwners {
    for value in 0..<x.period where x[value] != x[value % shape.channels] { return x }
    return try x.with(period: shape.channels)
  }
}

extension TiedUnits {
  /// Marks of the units to be removed, by number.
  ///
  /// - Throws: `invalidArgument` if a unit stays, or is to be removed without one that it is tied to; the message names their layers.
  func removing(_ removed: [[Int]]) throws(AblateError) -> Buffer<Bool> {
    let marks = try Buffer<Bool>(count: parents.count)
    for layer in removed.indices {
      for unit in removed[layer] { marks.pointer[number(layer: layer, unit: unit)] = true }
    }
    for layer in model.layers.indices {
      for unit in 0..<model.layers[layer].units {
        let own = number(layer: layer, unit: unit)
        let first = Int(root(Int32(own)))
        if first == 0 && marks.pointer[own] {
          throw AblateError(
            .invalidArgument,
            "unit \(unit) of layer \(layer) cannot be removed: it is tied to the input, to the scores or to channels that are normalised together"
          )
        }
        if first != 0 && marks.pointer[own] != marks.pointer[first] { throw partial(first) }
      }
    }
    return marks
  }

  /// The error for a group of which some units only are to be removed.
  private func partial(_ first: Int) -> AblateError {
    var names = ErrorText.Parts(literalCapacity: 0, interpolationCount: 0)
    var isFirst = true
    for (index, layer) in model.layers.enumerated() {
      for unit in 0..<layer.units where root(Int32(number(layer: index, unit: unit))) == first {
        names.appendLiteral(isFirst ? "unit " : ", unit ")
        names.appendInterpolation(unit)
        names.appendLiteral(" of layer ")
        names.appendInterpolation(index)
        if !layer.name.isEmpty {
          names.appendLiteral(" '")
          names.appendInterpolation(layer.name)
          names.appendLiteral("'")
        }
        isFirst = false
      }
    }
    return AblateError(
      .invalidArgument, "units that are tied can only be removed together: \(ErrorText(stringInterpolation: names))")
  }
}
