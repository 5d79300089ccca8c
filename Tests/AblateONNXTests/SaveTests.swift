import AblateModel
import AblateRuntime
import Testing

@testable import AblateONNX

/// Steps that only a Swift program can put together come back as they were; Tests/Python/test_save.py has the others.
@Suite struct SaveTests {
  private func bytes(_ model: Model) throws -> [UInt8] {
    var buffer: Buffer<UInt8>?
    try ONNXModel.save(model) { (count) throws(AblateError) in
      let room = try Buffer<UInt8>(count: count)
      buffer = room
      return room.pointer
    }
    let written = try #require(buffer)
    return Array(UnsafeBufferPointer(start: written.pointer, count: written.count))
  }

  private func reloaded(_ model: Model) throws -> Model {
    try bytes(model).withUnsafeBytes { try ONNXModel.load(bytes: $0, directory: nil) }
  }

  private func addDense(_ builder: inout ModelBuilder, _ name: String, units: Int) throws {
    let weights = (0..<units * builder.width).map { Float($0 % 7) - 3 }
    try weights.withUnsafeBufferPointer {
      try builder.addDense(name: name, units: units, layout: .outIn, weights: $0, bias: nil, activation: .identity)
    }
  }

  /// The layer's units are its values before the activation function, which must not join it.
  @Test(arguments: Activation.Kind.allCases) func activationsStayApart(kind: Activation.Kind) throws {
    if kind == .identity { return }
    var builder = try ModelBuilder(inputShape: [3])
    try builder.addActivation(name: "first", Activation(kind))
    try addDense(&builder, "a", units: 4)
    try builder.addActivation(name: "second", Activation(kind))
    try builder.addActivation(name: "third", Activation(.tanh))
    try addDense(&builder, "b", units: 2)
    let model = try builder.build()
    let again = try reloaded(model)
    #expect(again.steps.map { again.name(of: $0) } == model.steps.map { model.name(of: $0) })
    #expect(again.layers.map { $0.activation } == model.layers.map { $0.activation })
    let x: [Float] = [0.3, -1.5, 2, 0.1, 0.2, -0.3]
    for layer in 0..<2 {
      var (left, right) = ([Float](repeating: .nan, count: 8), [Float](repeating: .nan, count: 8))
      try Session(model: model).activations(x, rows: 2, layer: layer, point: .activation, into: &left)
      try Session(model: again).activations(x, rows: 2, layer: layer, point: .activation, into: &right)
      #expect(left.prefix(2 * model.layers[layer].units) == right.prefix(2 * model.layers[layer].units))
    }
  }

  @Test func identityIsNoStep() throws {
    var builder = try ModelBuilder(inputShape: [3])
    try addDense(&builder, "a", units: 4)
    try builder.addActivation(name: "nothing", .identity)
    try addDense(&builder, "b", units: 2)
    #expect(try reloaded(try builder.build()).steps.count == 2)
  }

  /// Files of others keep joining a scaling to the dense layer before it.
  @Test func onlyOursAreKeptApart() throws {
    var builder = try ModelBuilder(inputShape: [3])
    try addDense(&builder, "a", units: 4)
    try [2, 2, 2, 2].withUnsafeBufferPointer { try builder.addAffine(name: "n", center: nil, scale: $0, shift: nil) }
    try addDense(&builder, "b", units: 2)
    let model = try builder.build()
    #expect(try reloaded(model).steps.count == 3)
    let mark = Array("libablate.head".utf8)
    var file = try bytes(model)
    let place = try #require((0..<file.count - mark.count).first { file[$0..<$0 + mark.count].elementsEqual(mark) })
    file[place] = UInt8(ascii: "x")
    let joined = try file.withUnsafeBytes { try ONNXModel.load(bytes: $0, directory: nil) }
    #expect(joined.steps.count == 2)
    withExtendedLifetime((joined, model)) {
      #expect(Array(joined.layers[0].weightValues) == model.layers[0].weightValues.map { 2 * $0 })
    }
  }
}
