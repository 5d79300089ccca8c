import AblateModel
import AblateRuntime

/// A number that tells plans and damaged files apart: FNV-1a (Fowler, Noll and Vo; RFC 9923) with 64 bits, over words instead of bytes.
/// No protection against forgery.
package struct Fingerprint: Equatable {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  package init() {}

  package mutating func add(_ word: UInt64) {
    value = (value ^ word) &* 0x0000_0100_0000_01b3
    // The multiplication moves nothing downwards.
    value ^= value >> 32
  }

  package mutating func add(_ number: Int) { add(UInt64(bitPattern: Int64(number))) }

  mutating func add(_ kind: SweepKindNumber) { add(kind.rawValue) }

  package mutating func add(_ number: Float) { add(UInt64(number.bitPattern)) }

  package mutating func add(_ values: UnsafePointer<Float>, count: Int) {
    add(count)
    for index in 0..<count { add(values[index]) }
  }

  mutating func add(_ activation: Activation) {
    add(Int(activation.kind.rawValue))
    add(activation.alpha)
    add(activation.beta)
  }

  package mutating func add(_ model: Model) {
    add(Int(model.head.rawValue))
    add(model.inputWidth)
    for (index, step) in model.steps.enumerated() {
      if model.sources[index] != [index] { for point in model.sources[index] { add(-1 - point) } }
      switch step {
      case .dense(let index), .convolution(let index):
        let layer = model.layers[index]
        add(1)
        add(layer.activation)
        if let convolution = layer.convolution {
          add(convolution.geometry)
          add(convolution.groups)
        }
        add(layer.weights.pointer, count: layer.units * layer.weightsPerUnit)
        add(layer.bias.pointer, count: layer.units)
      case .affine(let affine):
        add(2)
        for values in [affine.center, affine.scale, affine.shift] { add(values.pointer, count: affine.width) }
      case .activation(_, let activation, _):
        add(3)
        add(activation)
      case .operation(let operation): add(operation)
      }
    }
  }

  private mutating func add(_ operation: Operation) {
    add(operation.shape.height)
    add(operation.shape.width)
    add(operation.shape.channels)
    switch operation.kind {
    case .pooling(let pooling, let geometry):
      add(pooling == .maximum ? 4 : pooling == .average ? 5 : 6)
      add(geometry)
    case .globalMaximum: add(7)
    case .globalAverage: add(8)
    case .sum(let activation):
      add(9)
      add(activation)
    case .product: add(10)
    case .channelProduct: add(11)
    case .concatenation: add(12)
    case .arrangement(let arrangement):
      add(13)
      add(arrangement.fill)
      for index in 0..<arrangement.sources.count { add(Int(arrangement.sources.pointer[index])) }
    case .mixture(let mixture):
      add(14)
      for index in 0..<mixture.sources.count { add(Int(mixture.sources.pointer[index])) }
      add(mixture.weights.pointer, count: mixture.weights.count)
    case .responseNormalization(let normalization):
      add(15)
      add(normalization.size)
      for value in [normalization.alpha, normalization.beta, normalization.bias] { add(value) }
    }
  }

  private mutating func add(_ geometry: WindowGeometry) {
    for number in [
      geometry.inputHeight, geometry.inputWidth, geometry.kernelHeight, geometry.kernelWidth, geometry.strideY,
      geometry.strideX, geometry.dilationY, geometry.dilationX, geometry.padTop, geometry.padLeft,
      geometry.padBottom, geometry.padRight, geometry.outputHeight, geometry.outputWidth,
    ] { add(number) }
  }

  /// What takes the place of a unit's activations.
  mutating func add(_ replacement: UnitReplacement, layer: Int, unit: Int) {
    switch replacement {
    case .fixed(let value): add(value)
    case .resampled(let source): add(source, layer: layer, unit: unit)
    }
  }

  /// A unit's activations in all reference rows.
  mutating func add(_ source: Resampling, layer: Int, unit: Int) {
    for row in 0..<source.reference.rowCount {
      for position in 0..<source.reference.model.layers[layer].positions {
        add(source.activation(layer: layer, unit: unit, position: position, row: row))
      }
    }
  }
}

extension Fingerprint {
  /// What a mask ablates now, and what takes its place.
  package mutating func add(_ mask: Mask) throws(AblateError) {
    for layer in mask.model.layers.indices {
      let bytes = try mask.bytes(layer: layer)
      for unit in bytes.indices where bytes[unit] != 0 {
        add(layer)
        add(unit)
        let replacement = mask.replacement(layer: layer, unit: unit)
        add(replacement.value(model: mask.model, layer: layer, unit: unit), layer: layer, unit: unit)
      }
      guard let synapses = mask.synapses(layer: layer) else { continue }
      add(-2 - layer)
      for unit in bytes.indices {
        for input in 0..<mask.model.layers[layer].inputs where synapses.contains(row: unit, column: input) {
          add(unit)
          add(input)
        }
      }
    }
    add(-1)
  }
}
