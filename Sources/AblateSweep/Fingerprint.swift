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
    for step in model.steps {
      switch step {
      case .dense(let index):
        let layer = model.layers[index]
        add(1)
        add(layer.activation)
        add(layer.weights.pointer, count: layer.units * layer.inputs)
        add(layer.bias.pointer, count: layer.units)
      case .affine(let affine):
        add(2)
        for values in [affine.center, affine.scale, affine.shift] { add(values.pointer, count: affine.width) }
      case .activation(_, let activation, _):
        add(3)
        add(activation)
      }
    }
  }

  /// What takes the place of a layer's activations.
  mutating func add(_ replacement: Replacement, model: Model, layer: Int) {
    add(layer)
    for unit in 0..<model.layers[layer].units {
      switch replacement.value(model: model, layer: layer, unit: unit) {
      case .fixed(let value): add(value)
      case .resampled(let source):
        for row in 0..<source.reference.rowCount { add(source.activation(layer: layer, unit: unit, row: row)) }
      }
    }
  }
}
