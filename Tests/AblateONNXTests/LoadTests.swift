import AblateModel
import AblateRuntime
import Foundation
import Testing

@testable import AblateONNX

@Suite struct LoadTests {
  @Test func networkIsReadAsWritten() throws {
    let model = try TestFile.network.load()
    #expect(model.inputShape == [2])
    #expect(model.head == .logits)
    #expect(model.layers.map(\.name) == ["fc1", "w2"])
    #expect(model.layers[0].weights == [1, 2, 3, 4, 5, 6])
    #expect(model.layers[0].biases == [0.5, -0.5, 1])
    #expect(model.layers[0].activation == .relu)
    // [inputs, units] in the file, [units, inputs] in the model
    #expect(model.layers[1].weights == [1, 2, 3, -1, -2, -3])
    #expect(model.layers[1].biases == [0.25, -0.25])
    #expect(model.layers[1].activation == .identity)
  }

  @Test func everyWayToStoreAWeightGivesTheSame() throws {
    let values: [Float] = [1, -2, 0.5, 4]
    let raw = TestFile.tensor("w", [2, 2]) { $0.data(9, values.flatMap { Protobuf.little($0.bitPattern) }) }
    let packed = TestFile.floats("w", [2, 2], values)
    let unpacked = TestFile.tensor("w", [2, 2]) { tensor in for value in values { tensor.float(4, value) } }
    let unpackedDims = {
      var tensor = Protobuf()
      tensor.integer(1, 2)
      tensor.integer(1, 2)
      tensor.integer(2, 1)
      tensor.packed(4, values)
      tensor.text(8, "w")
      return tensor
    }()
    for weights in [raw, packed, unpacked, unpackedDims] {
      var file = TestFile.behind([TestFile.node("Identity", ["x"], ["a"])])
      file.initializers = [weights]
      #expect(try file.load().layers[0].weights == [1, 0.5, -2, 4])
    }
  }

  @Test(arguments: [
    (type: 11, bytes: [1.5, -2, 0, 4].flatMap { Protobuf.little($0.bitPattern) }),
    // IEEE binary16 and the upper half of binary32
    (type: 10, bytes: [0x3E00, 0xC000, 0x0000, 0x4400].flatMap { Protobuf.little(UInt16($0)) }),
    (type: 16, bytes: [0x3FC0, 0xC000, 0x0000, 0x4080].flatMap { Protobuf.little(UInt16($0)) }),
  ])
  func otherFloatingPointTypesAreRead(type: Int, bytes: [UInt8]) throws {
    var file = TestFile.behind([TestFile.node("Identity", ["x"], ["a"])])
    file.inputs = [TestFile.value("x", [nil, 2], type: Int64(type))]
    file.initializers = [TestFile.tensor("w", [2, 2], type: Int64(type)) { $0.data(9, bytes) }]
    #expect(try file.load().layers[0].weights == [1.5, 0, -2, 4])
  }

  @Test func smallestHalfPrecisionNumbersAreRead() {
    #expect(Half.float16(0x0001) == 0x1p-24)
    #expect(Half.float16(0x83FF) == -0x3FFp-24)
    #expect(Half.float16(0x7C00) == .infinity)
    #expect(Half.float16(0x7E00).isNaN)
    #expect(Half.float16(0x7BFF) == 65504)
  }

  @Test func gemmFactorsAreMultipliedIn() throws {
    var file = TestFile.behind([])
    file.nodes = [
      TestFile.node(
        "Gemm", ["x", "w", "b"], ["y"], [TestFile.attribute("alpha", Float(2)), TestFile.attribute("beta", Float(0.5))])
    ]
    file.initializers.append(TestFile.floats("b", [2], [3, 5]))
    let layer = try file.load().layers[0]
    #expect(layer.weights == [2, 6, 4, 8])
    #expect(layer.biases == [1.5, 2.5])
  }

  @Test func normalisationIsFoldedIntoTheLayerBeforeIt() throws {
    var file = TestFile.network
    file.nodes.insert(TestFile.node("BatchNormalization", ["h", "g", "beta", "mean", "v"], ["n"]), at: 1)
    file.nodes[2] = TestFile.node("Relu", ["n"], ["a"])
    file.initializers += [
      TestFile.floats("g", [3], [2, 1, 1]), TestFile.floats("beta", [3], [0, 1, 0]),
      TestFile.floats("mean", [3], [0.5, 0, 1]), TestFile.floats("v", [3], [1, 4, 1]),
    ]
    file.nodes[1] = TestFile.node(
      "BatchNormalization", ["h", "g", "beta", "mean", "v"], ["n"], [TestFile.attribute("epsilon", Float(0))])
    let layer = try file.load().layers[0]
    #expect(layer.weights == [2, 4, 1.5, 2, 5, 6])
    #expect(layer.biases == [0, 0.75, 0])
    #expect(layer.activation == .relu)
  }

  @Test func scalingInFrontIsAStepOfItsOwn() throws {
    let file = TestFile.behind(
      [TestFile.node("Sub", ["x", "mean"], ["c"]), TestFile.node("Div", ["c", "deviation"], ["a"], name: "scaler")],
      [TestFile.floats("mean", [2], [1, 2]), TestFile.floats("deviation", [2], [2, 4])])
    let model = try file.load()
    guard case .affine(let affine) = try #require(model.steps.first) else {
      Issue.record("the first step is no scaling")
      return
    }
    #expect(affine.width == 2)
    #expect(model.layers.count == 1)
  }

  @Test func nodesMayComeInAnyOrder() throws {
    var file = TestFile.network
    file.nodes.reverse()
    #expect(try file.load().layers.count == 2)
  }

  @Test func initializersMayBeListedAsInputs() throws {
    var file = TestFile.network
    file.inputs.insert(TestFile.value("fc1.weight", [3, 2]), at: 0)
    file.inputs.append(TestFile.value("b2", [1, 2]))
    #expect(try file.load().inputShape == [2])
  }

  @Test func inputShapeFollowsFromTheFirstLayerIfTheFileIsSilent() throws {
    for dims: [Int64?] in [[], [nil, nil], [0, 0]] {
      var file = TestFile.network
      file.inputs = [TestFile.value("x", dims)]
      #expect(try file.load().inputShape == [2])
    }
  }

  @Test func imagesKeepTheirShapeAndPositionsBecomeRows() throws {
    let flatten = TestFile.node("Flatten", ["x"], ["a"])
    #expect(try TestFile.behind([flatten], input: [nil, 1, 2, 1]).load().inputShape == [1, 2, 1])
    let nothing = TestFile.node("Identity", ["x"], ["a"])
    #expect(try TestFile.behind([nothing], input: [nil, 7, 2]).load().inputShape == [2])
    let reshape = TestFile.node("Reshape", ["x", "s"], ["a"])
    let baked = TestFile.behind([reshape], [TestFile.integers("s", [3, 2])], input: [3, 1, 1, 2])
    #expect(try baked.load().inputShape == [1, 1, 2])
  }

  @Test func namesAreMadeUnique() throws {
    var file = TestFile.network
    file.nodes[2] = TestFile.node("MatMul", ["a", "copy"], ["m"])
    file.nodes.insert(TestFile.node("Gemm", ["a", "square"], ["b"]), at: 2)
    file.nodes[3] = TestFile.node("MatMul", ["b", "square"], ["c"])
    file.nodes[4] = TestFile.node("Identity", ["c"], ["y"])
    file.initializers.append(TestFile.floats("square", [3, 3], Array(repeating: 1, count: 9)))
    #expect(try file.load().layers.map(\.name) == ["fc1", "square", "square_2"])
  }

  @Test func aFileIsReadFromItsPath() throws {
    let path = NSTemporaryDirectory() + "ablate-\(UUID().uuidString).onnx"
    try Data(TestFile.network.bytes).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(try ONNXModel.load(path: path).layers.count == 2)
  }

  @Test func pathsThatPartAndJoin() throws {
    let residual = TestFile.behind([
      TestFile.node("MatMul", ["x", "w"], ["h"]), TestFile.node("Add", ["h", "x"], ["a"], name: "skip"),
    ])
    #expect(try residual.load().sources == [[0], [1, 0], [2]])
    let gate = TestFile.behind([
      TestFile.node("MatMul", ["x", "w"], ["h"]), TestFile.node("Tanh", ["h"], ["t"]),
      TestFile.node("Mul", ["h", "t"], ["a"], name: "gate"),
    ])
    #expect(try gate.load().sources == [[0], [1], [1, 2], [3]])
  }
}
